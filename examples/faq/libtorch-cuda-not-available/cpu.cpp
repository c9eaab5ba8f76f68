// Plays libtorch_cpu.so: it knows a GPU only if a library reports one.
using Probe = bool (*)();

static Probe probe = nullptr;

void register_gpu(Probe found) { probe = found; }

bool is_available() { return probe != nullptr && probe(); }
