/* A driver library that answers what one H100 answered; -DOLD leaves out what old drivers lack.
   Signatures: NVML API Reference Guide. */
#include <string.h>

enum { SUCCESS = 0, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7 };
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned int gpu, memory; } utilization;
typedef struct { unsigned long long reference, violation; } violations;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gi, ci; } process;

static int text(char *to, unsigned int size, const char *from) {
    strncpy(to, from, size);
    return SUCCESS;
}

int nvmlInitWithFlags(unsigned int flags) { return SUCCESS; }
const char *nvmlErrorString(int error) { return "recorded error"; }
int nvmlSystemGetDriverVersion(char *v, unsigned int n) { return text(v, n, "570.86.15"); }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = 12080; return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 1; return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int n, void **gpu) { *gpu = (void *)1; return SUCCESS; }
int nvmlDeviceGetName(void *gpu, char *to, unsigned int n) {
    return text(to, n, "NVIDIA H100 80GB HBM3");
}
int nvmlDeviceGetUUID(void *gpu, char *to, unsigned int n) {
    return text(to, n, "GPU-01234567-89ab-cdef-0123-456789abcdef");
}
int nvmlDeviceGetMemoryInfo(void *gpu, memory *m) { m->total = 85520809984ULL; return SUCCESS; }
int nvmlDeviceGetEnforcedPowerLimit(void *gpu, unsigned int *mw) { *mw = 700000; return SUCCESS; }
int nvmlDeviceGetPersistenceMode(void *gpu, int *on) { *on = 1; return SUCCESS; }
int nvmlDeviceGetClockInfo(void *gpu, int type, unsigned int *mhz) {
    *mhz = type == 1 ? 1980 : 0; /* 1 is NVML_CLOCK_SM */
    return SUCCESS;
}
int nvmlDeviceGetUtilizationRates(void *gpu, utilization *u) { u->gpu = 97; return SUCCESS; }
int nvmlDeviceGetTemperature(void *gpu, int sensor, unsigned int *c) { *c = 54; return SUCCESS; }
int nvmlDeviceGetPowerUsage(void *gpu, unsigned int *mw) { *mw = 412345; return SUCCESS; }
int nvmlDeviceGetComputeRunningProcesses_v3(void *gpu, unsigned int *count, process *list) {
    if (list == 0) { *count = 2; return INSUFFICIENT_SIZE; }
    list[0].pid = 4001;
    list[1].pid = 4002;
    *count = 2;
    return SUCCESS;
}
#ifdef OLD
int nvmlDeviceGetTotalEnergyConsumption(void *gpu, unsigned long long *mj) { return NOT_SUPPORTED; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *gpu, unsigned long long *bits) {
    *bits = 0x8 | 0x40;
    return SUCCESS;
}
#else
int nvmlDeviceGetTotalEnergyConsumption(void *gpu, unsigned long long *mj) {
    static unsigned long long counted = 1000000;
    *mj = counted += 2500;
    return SUCCESS;
}
int nvmlDeviceGetCurrentClocksEventReasons(void *gpu, unsigned long long *bits) {
    *bits = 0x1 | 0x2 | 0x4;
    return SUCCESS;
}
int nvmlDeviceGetViolationStatus(void *gpu, int policy, violations *v) {
    v->violation = policy == 0 ? 1500000000ULL : 0; /* 0 is NVML_PERF_POLICY_POWER */
    return SUCCESS;
}
#endif
