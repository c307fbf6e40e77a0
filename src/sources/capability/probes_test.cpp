#include "sources/capability/probes.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vigie::capability {
namespace {

/// A saved host with the files that a test gives it.
class SavedHost : public testing::Test {
 protected:
  SavedHost() : directory_(std::filesystem::temp_directory_path() / ("vigie-probes-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory_ / "proc");
    opened_ = Root::open(directory_);
  }
  ~SavedHost() override { std::filesystem::remove_all(directory_); }

  void file(const std::string& path, std::string_view content) const {
    const auto full = directory_ / "proc" / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << content;
  }
  [[nodiscard]] const Root& root() const { return *opened_; }

 private:
  std::filesystem::path directory_;
  Result<Root> opened_ = fail("not yet");
};

TEST_F(SavedHost, WithoutYamaEveryoneTracesWhatIsTheirs) {
  EXPECT_EQ(tracing(root()).status, Ability::works);
  EXPECT_EQ(tracing(root()).value.presence(), Presence::not_read);
}

TEST_F(SavedHost, YamaLimitsTracing) {
  const std::pair<const char*, Ability> expected[] = {
      {"0\n", Ability::works}, {"1\n", Ability::limited}, {"2\n", Ability::denied}, {"3\n", Ability::denied}};
  for (const auto& [scope, status] : expected) {
    file("sys/kernel/yama/ptrace_scope", scope);
    EXPECT_EQ(tracing(root()).status, status) << scope;
    EXPECT_EQ(tracing(root()).advice.empty(), status == Ability::works) << scope;
  }
}

TEST_F(SavedHost, HidepidIsANumberOrAWord) {
  file("self/mounts", "proc /proc proc rw,nosuid 0 0\n");
  EXPECT_EQ(all_processes(root()).status, Ability::works);
  for (const char* value : {"2", "invisible"}) {
    file("self/mounts", std::string("tmpfs /tmp tmpfs rw 0 0\nproc /proc proc rw,gid=5,hidepid=") + value + " 0 0\n");
    EXPECT_EQ(all_processes(root()).status, Ability::limited) << value;
  }
  file("self/mounts", "proc /proc proc rw,hidepid=2 0 0\nproc /proc proc rw,hidepid=off 0 0\n");
  EXPECT_EQ(all_processes(root()).status, Ability::works);
}

TEST_F(SavedHost, WhoLogsOutLosesWhatLogindKills) {
  file("self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope/vigie-abcdef\n");
  EXPECT_EQ(logout(root()).status, Ability::works) << "nothing is said of logind";
  file("../etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\n#KillExcludeUsers=nobody-here\n");
  EXPECT_EQ(logout(root()).status, Ability::limited) << "what is commented out is the default";
  file("../etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\nKillUserProcesses=no\n");
  EXPECT_EQ(logout(root()).status, Ability::works);
  file("../usr/lib/systemd/logind.conf.d/50-site.conf", "[Login]\n KillUserProcesses = true \n");
  EXPECT_EQ(logout(root()).status, Ability::limited) << "additions count more";
  file("../etc/systemd/logind.conf.d/50-site.conf", "[Login]\n");
  EXPECT_EQ(logout(root()).status, Ability::works) << "one in /etc stands for that of the same name in /usr/lib";
  file("../etc/systemd/logind.conf.d/60-more.conf", "[Login]\nKillUserProcesses=yes\nKillOnlyUsers=alice bob\n");
  EXPECT_EQ(logout(root()).status, Ability::works) << "not one of those";
}

TEST_F(SavedHost, AUserManagerGoesOnWhenItLingers) {
  file("self/cgroup", "1:name=systemd:/user.slice/user-1000.slice/user@1000.service/run-r1.scope\n0::/\n");
  EXPECT_EQ(logout(root()).status, Ability::limited);
  file("../var/lib/systemd/linger/" + std::string(::getpwuid(::geteuid())->pw_name), "");
  EXPECT_EQ(logout(root()).status, Ability::works);
  file("self/cgroup", "1:name=systemd:/system.slice/cron.service\n0::/\n");
  EXPECT_EQ(logout(root()).status, Ability::works);
}

TEST_F(SavedHost, DelayAccountingWasAlwaysOnBeforeItHadASwitch) {
  EXPECT_EQ(delay_accounting(root()).status, Ability::works);
  file("sys/kernel/task_delayacct", "0\n");
  EXPECT_EQ(delay_accounting(root()).status, Ability::missing);
  file("sys/kernel/task_delayacct", "1\n");
  EXPECT_EQ(delay_accounting(root()).status, Ability::works);
}

TEST_F(SavedHost, PressureMayBeSwitchedOff) {
  EXPECT_EQ(pressure(root()).status, Ability::missing);
  file("pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  EXPECT_EQ(pressure(root()).status, Ability::works);
}

TEST_F(SavedHost, ControlGroupsOfEveryKind) {
  EXPECT_EQ(control_groups(root()).status, Ability::missing);
  const std::string second = "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  file("self/mountinfo", second);
  EXPECT_EQ(control_groups(root()).value, Reading<double>(2));
  const std::string systemd = "31 25 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n";
  file("self/mountinfo", second + systemd);
  EXPECT_EQ(control_groups(root()).value, Reading<double>(2));
  file("self/mountinfo", second + "32 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  EXPECT_EQ(control_groups(root()).value, Reading<double>(1));
  EXPECT_NE(control_groups(root()).reason.find("hybrid"), std::string::npos);
}

TEST_F(SavedHost, ProcessesThatAreDeniedAreCounted) {
  std::vector<ProcessSample> processes(4);
  processes[0].exe = std::string("/bin/sh");
  processes[1].io = Presence::denied;
  processes[2].exe = Presence::denied;
  processes[2].kernel_thread = true;
  processes[3].io = Presence::denied;
  processes[3].state = 'Z';
  const Capability some = other_processes(root(), processes);
  EXPECT_EQ(some.status, Ability::limited);
  EXPECT_EQ(some.value, Reading<double>(1));
  EXPECT_NE(some.reason.find("1 of 2"), std::string::npos) << some.reason;
  processes[1].io = ProcessIo{};
  EXPECT_EQ(other_processes(root(), processes).status, Ability::works);
}

}  // namespace
}  // namespace vigie::capability
