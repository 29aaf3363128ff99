/*
 * The functions of the CUDA driver that the CUDA port calls, on main memory and the host's clock.
 *
 * It has the driver's interface (cuda.h), so that the real packages talk to it and a wrong call
 * shows without a GPU.  A stream does its work when it is put there.  HNA_DEVICES says how many
 * GPUs it has.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS = 0, INVALID = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, BAD_DEVICE = 101, UNKNOWN_SYMBOL = 500 };
#define MEMORY (1ull << 30)

static int ready, capturing, launched;
static int devices(void) { const char *n = getenv("HNA_DEVICES"); return n ? atoi(n) : 1; }

int cuInit(unsigned flags) { ready = devices() > 0; return ready ? SUCCESS : NO_DEVICE; }
int cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
int cuDeviceGetCount(int *count) { *count = devices(); return SUCCESS; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal < devices() ? SUCCESS : BAD_DEVICE; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "NVIDIA Stand-In 1", length); return SUCCESS; }
int cuDeviceGetUuid(unsigned char *uuid, int device) { for (int i = 0; i < 16; i++) uuid[i] = i; return SUCCESS; }
int cuDeviceTotalMem(size_t *bytes, int device) { *bytes = MEMORY; return SUCCESS; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    switch (attribute) {
    case 75: *value = 8; break;        /* compute capability, major */
    case 76: *value = 9; break;        /* minor */
    case 16: *value = 128; break;      /* multiprocessors */
    case 18: *value = 0; break;        /* integrated */
    case 38: *value = 1 << 22; break;  /* L2 cache */
    default: *value = 0;
    }
    return SUCCESS;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &ready; return SUCCESS; }
int cuDevicePrimaryCtxRelease(int device) { return SUCCESS; }
int cuCtxSetCurrent(void *context) { return context == &ready ? SUCCESS : INVALID; }
int cuCtxGetCurrent(void **context) { *context = &ready; return SUCCESS; }
int cuCtxPushCurrent(void *context) { return SUCCESS; }
int cuCtxPopCurrent(void **context) { if (context) *context = &ready; return SUCCESS; }
int cuCtxGetDevice(int *device) { *device = 0; return SUCCESS; }
int cuCtxSynchronize(void) { return SUCCESS; }
int cuCtxAttach(void **context, unsigned flags) { *context = &ready; return SUCCESS; }
int cuCtxDetach(void *context) { return SUCCESS; }
int cuCtxDestroy(void *context) { return SUCCESS; }

int cuMemAlloc(uint64_t *address, size_t bytes) {
    if (!bytes) return INVALID;
    if (bytes > MEMORY) return OUT_OF_MEMORY;
    *address = (uint64_t)(uintptr_t)malloc(bytes);
    return SUCCESS;
}
int cuMemFree(uint64_t address) { free((void *)(uintptr_t)address); return SUCCESS; }
int cuMemcpyHtoDAsync(uint64_t to, const void *from, size_t bytes, void *stream) {
    memcpy((void *)(uintptr_t)to, from, bytes);
    return SUCCESS;
}
int cuMemcpyDtoHAsync(void *to, uint64_t from, size_t bytes, void *stream) {
    memcpy(to, (void *)(uintptr_t)from, bytes);
    return SUCCESS;
}
int cuMemsetD8Async(uint64_t address, unsigned char value, size_t count, void *stream) {
    if (capturing) launched++; else memset((void *)(uintptr_t)address, value, count);
    return SUCCESS;
}

int cuStreamCreate(void **stream, unsigned flags) { *stream = malloc(8); return flags == 1 ? SUCCESS : INVALID; }
int cuStreamDestroy(void *stream) { free(stream); return SUCCESS; }
int cuStreamSynchronize(void *stream) { return capturing ? INVALID : SUCCESS; }
int cuStreamBeginCapture(void *stream, int mode) { capturing = 1; launched = 0; return mode == 1 ? SUCCESS : INVALID; }
int cuStreamEndCapture(void *stream, void **graph) { capturing = 0; *graph = malloc(8); return SUCCESS; }
int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) {
    *executable = calloc(1, 8);
    return SUCCESS;
}
int cuGraphDestroy(void *graph) { free(graph); return SUCCESS; }
int cuGraphExecDestroy(void *executable) { free(executable); return SUCCESS; }
int cuGraphLaunch(void *executable, void *stream) { return launched ? SUCCESS : INVALID; }

int cuEventCreate(void **event, unsigned flags) { *event = calloc(1, sizeof(struct timespec)); return SUCCESS; }
int cuEventDestroy(void *event) { free(event); return SUCCESS; }
int cuEventRecord(void *event, void *stream) { clock_gettime(CLOCK_MONOTONIC, event); return SUCCESS; }
int cuEventSynchronize(void *event) { return SUCCESS; }
int cuEventElapsedTime(float *milliseconds, void *start, void *end) {
    struct timespec *from = start, *to = end;
    *milliseconds = (to->tv_sec - from->tv_sec) * 1e3f + (to->tv_nsec - from->tv_nsec) / 1e6f;
    return SUCCESS;
}

int cuGetErrorString(int error, const char **text) {
    *text = error == NO_DEVICE ? "no CUDA-capable device is detected"
          : error == BAD_DEVICE ? "invalid device ordinal"
          : error == OUT_OF_MEMORY ? "out of memory" : "invalid argument";
    return SUCCESS;
}
int cuGetErrorName(int error, const char **text) { return cuGetErrorString(error, text); }

/* The packages ask for every function here, by its name without the suffix of its version. */
int cuGetProcAddress_v2(const char *symbol, void **found, int version, uint64_t flags, int *status) {
    Dl_info self;
    dladdr((void *)cuInit, &self);
    void *library = dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    const char *name = strcmp(symbol, "cuGraphInstantiate") ? symbol : "cuGraphInstantiateWithFlags";
    *found = dlsym(library, name);
    if (status) *status = *found ? 0 : 1;
    return *found ? SUCCESS : UNKNOWN_SYMBOL;
}
int cuGetProcAddress(const char *symbol, void **found, int version, uint64_t flags) {
    return cuGetProcAddress_v2(symbol, found, version, flags, NULL);
}
