#include "model/xid.hpp"

#include <algorithm>
#include <array>

namespace vigie {
namespace {

using enum XidKind;
constexpr std::array<Xid, 52> known = {{
    {8, program, "a kernel ran for longer than the driver allows"},
    {13, program, "an exception in a kernel: an index or an instruction out of bounds"},
    {14, notice, "an error that a tool injected"},
    {31, program, "a kernel touched memory that is not its own"},
    {32, hardware, "commands for the GPU arrived damaged: its driver, its link or the host's memory"},
    {38, hardware, "an error of the driver's firmware"},
    {43, program, "the driver stopped a program's work"},
    {44, hardware, "the GPU failed to change from one program to another"},
    {45, follows, "a program's work was taken off after an earlier error"},
    {46, hardware, "the GPU stopped working"},
    {48, hardware, "memory lost two bits at once, beyond correction"},
    {56, hardware, "an error of the display engine"},
    {61, hardware, "the GPU's own controller stopped"},
    {62, hardware, "the GPU's own controller halted"},
    {63, notice, "a row of memory is marked to be replaced"},
    {64, hardware, "a broken row of memory could not be replaced"},
    {66, notice, "a call that is not allowed, by a program or its library"},
    {68, program, "an exception in the video decoder"},
    {69, program, "an exception in a kernel: its class or parameters are wrong"},
    {74, hardware, "an error of NVLink"},
    {79, hardware, "the GPU fell off the bus"},
    {92, notice, "many errors of memory had to be corrected"},
    {94, hardware, "memory lost data, contained in one program"},
    {95, hardware, "memory lost data, and it is not known whose"},
    {106, notice, "a test message of its management interface"},
    {107, notice, "a test message of its management interface"},
    {109, hardware, "the GPU did not change from one program to another in time"},
    {119, hardware, "the GPU's system processor does not answer"},
    {120, hardware, "an error of the GPU's system processor"},
    {121, hardware, "an error of the link between the GPU and its CPU (C2C)"},
    {122, hardware, "the GPU's controller could not be read"},
    {123, hardware, "the GPU's power management failed"},
    {140, hardware, "memory lost data, beyond correction and not recovered"},
    {143, hardware, "the GPU could not be started"},
    {144, hardware, "an error of NVLink (SAW)"},
    {145, hardware, "an error of NVLink (RLW)"},
    {146, hardware, "an error of NVLink (TLW)"},
    {147, hardware, "an error of NVLink (TREX)"},
    {148, hardware, "an error of NVLink (NVLPW_CTRL)"},
    {149, hardware, "an error of NVLink (NETIR)"},
    {150, hardware, "an error of NVLink (MSE)"},
    {154, follows, "what the GPU needs before it works again has changed"},
    {156, notice, "a part of memory is to be retired"},
    {157, notice, "a part of memory is to be retired, and none is spare"},
    {160, notice, "a channel of memory is to be retired"},
    {161, notice, "a channel of memory is retired"},
    {162, notice, "power smoothing goes on again"},
    {163, notice, "power smoothing: a setting was refused"},
    {164, notice, "power smoothing: a part of it wears out"},
    {165, notice, "power smoothing: a part of it has worn out"},
    {171, follows, "more about an error of memory (48)"},
    {172, follows, "more about an error of memory (48)"},
}};
static_assert(std::ranges::is_sorted(known, {}, &Xid::number));

/// A kernel that went wrong keeps the GPU from changing to another program (109 follows 13, 5 s later): alone it is the
/// hardware's, after a program's error it is that program's.
XidKind weight_of(unsigned number) {
  return number == xid_no_change ? program : xid_of(number).kind;
}

}  // namespace

Xid xid_of(unsigned number) {
  const auto found = std::ranges::lower_bound(known, number, {}, &Xid::number);
  return found != known.end() && found->number == number ? *found : Xid{.number = number, .kind = unknown, .text = {}};
}

bool may_be_harmless(unsigned number) {
  constexpr unsigned first_of_nvlink = 144, last_of_nvlink = 150;
  return number >= first_of_nvlink && number <= last_of_nvlink;
}

unsigned leading_xid(std::span<const unsigned> numbers) {
  return *std::ranges::max_element(numbers, {}, weight_of);
}

}  // namespace vigie
