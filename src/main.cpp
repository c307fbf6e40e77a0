#include "cli/command.hpp"

int main(int argc, char** argv) {
  return vigie::cli::main(argc, argv);
}
