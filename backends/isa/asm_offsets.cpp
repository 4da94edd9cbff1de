// Compiled for the static_asserts alone.
#include "asm_offsets.h"
