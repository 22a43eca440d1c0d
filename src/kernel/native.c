/*
 * System calls that Node.js does not have, for src/kernel/native.ts: a file is read relative to a directory, in one call
 * instead of three; pages are given back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <node_api.h>

/* As in src/kernel/file-reader.ts: a seq_file returns at most a page per read, so that a shorter read was the last. */
enum { SHORT_READ_BYTES = 3 * 1024 };

/* As in src/kernel/regular-file.ts: opening a FIFO or a device must not wait. */
static const int OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/* Content from the start; the length, which is `size` if it may not fit, or a negative error number. */
static int64_t read_all(int descriptor, char *buffer, size_t size) {
  size_t total = 0;
  while (total < size) {
    ssize_t count = pread(descriptor, buffer + total, size - total, (off_t)total);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    int is_last = count == 0 || (total == 0 && count < SHORT_READ_BYTES);
    total += (size_t)count;
    if (is_last) break;
  }
  return (int64_t)total;
}

static int64_t read_at(int directory, const char *name, char *buffer, size_t size) {
  int descriptor = openat(directory, name, OPEN_FLAGS);
  if (descriptor < 0) return -errno;
  int64_t result = read_all(descriptor, buffer, size);
  close(descriptor);
  return result;
}

/* readAt(directory: number, name: Buffer that ends with a zero byte, buffer: Buffer): number */
static napi_value js_read_at(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  int32_t directory = -1;
  void *name = NULL;
  void *buffer = NULL;
  size_t name_size = 0;
  size_t size = 0;
  int64_t length = -EINVAL;
  napi_value result = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok && count == 3 &&
      napi_get_value_int32(env, arguments[0], &directory) == napi_ok &&
      napi_get_buffer_info(env, arguments[1], &name, &name_size) == napi_ok &&
      napi_get_buffer_info(env, arguments[2], &buffer, &size) == napi_ok && name_size > 0 &&
      ((const char *)name)[name_size - 1] == '\0')
    length = read_at(directory, name, buffer, size);
  napi_create_int64(env, length, &result);
  return result;
}

/* releasePages(ranges: Float64Array of addresses and lengths): undefined */
static napi_value js_release_pages(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_typedarray_info(env, argument, &type, &length, &data, NULL, NULL) != napi_ok ||
      type != napi_float64_array)
    return NULL;
  const double *ranges = data;
  for (size_t index = 0; index + 1 < length; index += 2)
    madvise((void *)(uintptr_t)ranges[index], (size_t)ranges[index + 1], MADV_DONTNEED);
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return NULL;
}

static int add_function(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function = NULL;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  int is_complete = add_function(env, exports, "readAt", js_read_at) &&
                    add_function(env, exports, "releasePages", js_release_pages);
  return is_complete ? exports : NULL;
}
