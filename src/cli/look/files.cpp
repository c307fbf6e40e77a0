// vigie files: what processes have open, data sets and logs first.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/file_rows.hpp"

namespace vigie::cli {

namespace {

struct FilesOptions {
  LookOptions look;
  std::string target;
  bool deleted = false;
  bool all = false;
};

Result<View> render(const Frame& frame, const FilesOptions& options) {
  View view;
  std::vector<views::FileRow> rows = views::file_rows(frame, options.deleted);
  RETURN_IF_ERROR(some_detail_readable(frame, &ProcessDetail::files, "open files"));
  const bool people = options.look.for_people();
  std::size_t libraries = 0;
  if (people && !options.all && !options.deleted) {
    libraries = std::erase_if(rows, [](const views::FileRow& row) { return row.rank == views::FileRow::library; });
  }
  append_table(view.text, options.look, frame, "files",
               views::make_table(people ? views::file_columns_for_people() : views::file_columns(), rows));
  append_note(view.text, options.look, libraries > 0,
              fmt::format("and {} mapped libraries; --all shows them", libraries));
  append_denied_note(view.text, options.look, frame, &ProcessDetail::files);
  return view;
}

}  // namespace

void define_files(Command& command) {
  auto options = std::make_shared<FilesOptions>();
  command.examples(
      "Examples:\n"
      "  vigie files resnet                 what a run reads and writes, and how fast\n"
      "  vigie files --all 4711             with every library, as lsof -p has it\n"
      "  vigie files --deleted resnet       files that are gone but still take space\n"
      "  vigie files -w 4711                is it still reading?");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("--deleted", options->deleted, "only files that are deleted but still held");
  command.flag("-a,--all", options->all, "mapped libraries, too (JSON and CSV always have them)");
  add_look_options(command, options->look);
  command.does([options] {
    proc::Details what = proc::Detail::files;
    if (options->all || options->look.json || options->look.csv) what = what | proc::Detail::libraries;
    return look(options->look, act::feed_about(options->target, what),
                [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
