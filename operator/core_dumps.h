#pragma once

// No core dumps: the memory of this process holds credentials, and for the time of a watch's block
// also what others keep in their objects.

// To be called first in main, before other threads run. Neither a debugger nor another process of
// the same user may attach from then on, only root. A build with AddressSanitizer stays open to its
// own leak check, which attaches to it.
void forbid_core_dumps();
