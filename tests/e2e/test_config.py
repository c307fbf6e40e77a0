"""The configuration: what is in force and where it is from, what is refused, and what vigie top makes of it and keeps."""

import json
import os
import unittest

import harness
from test_top import JsonTop, Terminal


class ConfigTest(harness.VigieTest):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.env["XDG_CONFIG_HOME"], "vigie", "config.toml")
        self.env["NO_COLOR"] = ""

    def configure(self, text, mode=0o600):
        os.makedirs(os.path.dirname(self.file), exist_ok=True)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.file, mode)

    def in_force(self):
        rows = json.loads(self.vigie("config", "--json", expect=0).out)["config"]
        return {row["key"]: row for row in rows}


class InForce(ConfigTest):
    def test_without_a_file_everything_is_built_in(self):
        self.assertEqual(self.vigie("config", "--path", expect=0).out, self.file + "\n")
        self.assertEqual({row["from"] for row in self.in_force().values()}, {"built in"})
        self.assertFalse(os.path.exists(self.file))

    def test_a_value_says_where_it_is_from(self):
        self.configure('# mine\n[top]\ninterval = "500ms"\n\n[top.keys]\nstop = ["z", "x"]\n')
        self.env["NO_COLOR"] = "1"
        rows = self.in_force()
        self.assertEqual((rows["top.interval"]["value"], rows["top.interval"]["name"], rows["top.interval"]["line"]), ("0.5", self.file, 3))
        self.assertEqual((rows["top.keys.stop"]["value"], rows["top.keys.stop"]["line"]), ('["z", "x"]', 6))
        self.assertEqual((rows["top.colour"]["value"], rows["top.colour"]["from"]), ('"never"', "environment"))
        self.assertEqual(rows["top.sort"]["from"], "built in")

    def test_what_it_prints_is_a_configuration(self):
        self.configure('[top]\nsort = "-rss"\ncolumns = ["pid", "user"]\n[top.keys]\nstop = "z"\n')
        text = self.vigie("config", expect=0).out
        values = {key: row["value"] for key, row in self.in_force().items()}
        self.configure(text)
        self.assertEqual({key: row["value"] for key, row in self.in_force().items()}, values)

    def test_what_cannot_be_understood_is_said_with_its_line(self):
        for text, part in (("[top]\nintervall = 2\n", ":2:1: there is no key top.intervall; did you mean top.interval?"),
                           ('[top]\nsymbols = "dots"\n', ":2:1: top.symbols wants one of braille block ascii"),
                           ("[top]\nread_only = 1\n", ":2:1: top.read_only wants true or false, not a whole number"),
                           ("[top]\ninterval = \n", ":2:"),
                           ('[top]\nsort = "usr"\n', ':2: no column "usr"'),
                           ('[top.keys]\nordr_cpu = "x"\n', ":2: top.keys has no action ordr_cpu; did you mean order_cpu?"),
                           ('[top.keys]\nfreeze = "k"\n', ':2: top.keys.freeze: "k" is a key of signal, too')):
            self.configure(text)
            for command in (["config"], ["top", "--ui", "json"]):
                done = self.vigie(*command, expect=2)
                self.assertIn(self.file + part, done.err)
                self.assertEqual(done.err.count("\n"), 1, done.err)

    def test_a_file_that_others_may_write_is_refused(self):
        self.configure("[top]\n", mode=0o622)
        self.assertIn("others may write it", self.vigie("config", expect=4).err)
        self.vigie("ls", expect=0)  # what does not read it goes on

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a file to another user")
    def test_a_file_of_another_user_is_refused(self):
        self.configure("[top]\n")
        os.chown(self.file, 12345, -1)
        self.assertIn("belongs to another user", self.vigie("config", expect=4).err)

    def test_nothing_of_it_reaches_the_terminal_raw(self):
        self.configure('"\\u001b[31m" = 1\n')
        self.assertNotIn("\x1b", self.vigie("config", expect=2).err)


class InTop(ConfigTest):
    def shown(self, *args):
        top = JsonTop(self, "processes", *args, size=(24, 100))
        return top, top.until("processes", lambda picture: "COMMAND" in picture["lines"][1])

    def leave(self, top):
        for key in ("Esc", "q"):  # Esc leaves a page
            top.send({"key": key})
        self.assertEqual(top.child.wait(20), 0)

    def test_columns_order_and_keys_are_those_of_the_configuration(self):
        self.configure('[top]\ncolumns = ["pid", "nice", "swap_bytes"]\nsort = "pid"\nread_only = true\n[top.keys]\nfreeze = "x"\nquit = ["q", "Ctrl-Q"]\n')
        top, picture = self.shown()
        self.assertEqual(picture["lines"][1].split(), ["PID", "NI", "SWAP", "COMMAND"])
        self.assertEqual(picture["lines"][2].split()[0], "1")
        top.send({"key": "x"})
        top.until("it is frozen", lambda picture: "FROZEN" in picture["lines"][0])
        top.send({"key": "x"})
        top.send({"key": "down"})
        top.send({"key": "X"})
        top.until("it is read-only", lambda picture: "--read-only" in picture["lines"][-1])
        top.send({"key": "Ctrl-Q"})
        self.assertEqual(top.child.wait(20), 0)

    def test_the_command_line_goes_before_it(self):
        self.configure('[top]\nsort = "pid"\n')
        top, _ = self.shown("--sort", "rss")
        picture = top.until("two rows", lambda picture: len(picture["lines"][3].split()) > 3)
        self.assertNotEqual(picture["lines"][2].split()[0], "1")
        self.leave(top)

    def test_what_is_chosen_in_it_is_kept_and_the_configuration_is_left_alone(self):
        self.configure("# my own words\n[top]\ninterval = 0.3\n")
        top, picture = self.shown()
        self.assertNotIn("PPID", picture["lines"][1])
        for key in ("F2", "down", "Space", "Esc", "M"):
            top.send({"key": key})
        top.until("the column is shown", lambda picture: "PPID" in picture["lines"][1])
        self.leave(top)
        rows = self.in_force()
        self.assertEqual((rows["top.sort"]["from"], rows["top.sort"]["value"]), ("kept", '"-rss_bytes"'))
        top, picture = self.shown()
        self.assertIn("PPID", picture["lines"][1])
        self.leave(top)
        with open(self.file, encoding="utf-8") as file:
            self.assertEqual(file.read(), "# my own words\n[top]\ninterval = 0.3\n")
        kept = os.path.join(self.state, "vigie", "top", "chosen.toml")
        self.assertEqual(os.stat(kept).st_mode & 0o777, 0o600)

    def test_a_kept_file_that_is_broken_is_said_and_not_believed(self):
        top, _ = self.shown()
        top.send({"key": "M"})
        self.leave(top)
        with open(os.path.join(self.state, "vigie", "top", "chosen.toml"), "w", encoding="utf-8") as file:
            file.write("[top\n")
        top = JsonTop(self, "processes", size=(24, 100))
        top.until("it is said", lambda picture: "chosen.toml:1:" in picture["lines"][-1])
        self.leave(top)

    def test_f2_says_what_it_costs(self):
        top, _ = self.shown()
        top.send({"key": "F2"})
        picture = top.until("its cost", lambda picture: "% of a CPU" in picture["lines"][1])
        self.assertRegex(picture["lines"][1], r"own cost: [0-9.]+ % of a CPU, [0-9.]+M; a look takes [0-9.]+ ms, was late by [0-9.]+ ms")
        self.leave(top)

    def test_the_page_of_keys_shows_what_is_in_force(self):
        self.configure('[top.keys]\nup = "z"\n')
        top, _ = self.shown()
        top.send({"key": "F1"})
        top.until("the key", lambda picture: any(line.split()[:1] == ["z"] and "the row above" in line for line in picture["lines"]))
        self.leave(top)

    def test_a_terminal_without_colours_gets_none(self):
        self.configure('[top]\ncolour = "never"\n')
        terminal = Terminal(self, ["top", "--interval", "0.3"])
        terminal.wait_for(b"COMMAND")
        self.assertNotIn(b"\x1b[38;5;", terminal.text)


class OnBattery(ConfigTest):
    def test_it_looks_half_as_often_and_says_so(self):
        root = os.path.join(self.dir, "host")
        os.makedirs(os.path.join(root, "sys", "class", "power_supply", "BAT0"))
        os.symlink("/proc", os.path.join(root, "proc"))
        for name, value in (("type", "Battery"), ("status", "Discharging")):
            with open(os.path.join(root, "sys", "class", "power_supply", "BAT0", name), "w", encoding="utf-8") as file:
                file.write(value + "\n")
        top = JsonTop(self, "--root", root, size=(24, 100))
        top.until("it is said", lambda picture: "on battery: every 0.6 s" in picture["lines"][0])
        top.send({"key": "q"})
        self.assertEqual(top.child.wait(20), 0)
