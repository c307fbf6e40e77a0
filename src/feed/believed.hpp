// What a record says of processes, as far as the kernel agrees.
#pragma once

#include "model/run.hpp"

namespace vigie {

/// A record is a file that its owner may write what he likes into. Whoever looks at it with more rights than he has –
/// root, at somebody else's runs – must not take other people's processes and control groups for the run's because it
/// says so. Forgets holder and recorder that are not processes of the owner alone, a main process that neither is nor
/// was started by that holder, and a control group that is not the run's (see control::CgroupLeaf::of_run). The user's
/// own records are left as they are: what they say the user could do without them.
void forget_false_claims(RunRecord& record);

}  // namespace vigie
