// The claims of a record about processes, as far as the kernel agrees.
#pragma once

#include "model/run.hpp"

namespace vigie {

/// The owner of a record may write anything into it. A reader with more rights than the owner – root, who looks at
/// another user's runs – must not take other people's processes and control groups for the run's because the record
/// says so. This forgets a holder or recorder that is not a process of the owner alone, a main process that is neither
/// the owner's nor started by that holder, and a control group that is not the run's (see control::CgroupLeaf::of_run).
/// The user's own records stay as they are: the user could do what they claim without them.
void forget_false_claims(RunRecord& record);

}  // namespace vigie
