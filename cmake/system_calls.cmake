# Writes generated/system_calls.inc: a line VIGIE_CALL(name) for every __NR_name of the compiler's <sys/syscall.h>, so
# that the table is the architecture's own and as new as the C library's headers.
file(WRITE ${PROJECT_BINARY_DIR}/system_calls_probe.cpp "#include <sys/syscall.h>\n")
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -E -dM ${PROJECT_BINARY_DIR}/system_calls_probe.cpp
                OUTPUT_VARIABLE macros COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "#define __NR_[a-z0-9_]+ " defines "${macros}")
list(TRANSFORM defines REPLACE "#define __NR_([a-z0-9_]+) " "\\1")
list(REMOVE_ITEM defines syscalls arch_specific_syscall)  # counts and bases, not calls
list(SORT defines)
list(TRANSFORM defines REPLACE "(.+)" "VIGIE_CALL(\\1)\n")
string(JOIN "" lines ${defines})
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/system_calls.inc CONTENT "${lines}" @ONLY)
