// Products of a few rows with a large matrix, C = αABᵀ + βC, as a recognizer needs them; preloaded before Vosk.
//
// A live stream decodes 8 or 24 rows at a time. OpenBLAS first copies the large matrix into its own order (it pays off with
// many rows), and that copy was two thirds of all its work. Here both matrices are read as they lie: A's and
// B's rows are both contiguous, so each result is a plain dot product.
//
// Vosk calls the standard C interface `cblas_sgemm` through the dynamic linker; this definition, loaded first, answers it and
// hands everything but few rows × transposed matrix on to Vosk's own. Invariant: same results but for the order of additions.
//
// Built at set-up (tools/speech/build_preload.py); without it recognizers run as before. Source of the interface: BLAS
// Technical Forum standard, appendix B (C bindings).

#include <dlfcn.h>
#include <link.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum Order { kRowMajor = 101 };
enum Transpose { kNo = 111, kYes = 112 };

using Sgemm = void (*)(int order, int a_transposed, int b_transposed, int rows, int columns, int depth, float alpha, const float* a,
                       int a_stride, const float* b, int b_stride, float beta, float* c, int c_stride);

// With more rows the copy pays off (measured: between 24 and 56).
constexpr int kFew = 32;

struct Product {
  int rows, columns, depth;
  float alpha;
  const float* a;
  int a_stride;
  const float* b;
  int b_stride;
  float beta;
  float* c;
  int c_stride;
};

int open_vosk(dl_phdr_info* library, size_t, void* found) {
  if (std::strstr(library->dlpi_name, "libvosk") == nullptr) return 0;
  *static_cast<void**>(found) = dlopen(library->dlpi_name, RTLD_NOW | RTLD_NOLOAD);
  return 1;
}

// Vosk's own, which is not in the global scope: Python opens its library privately.
Sgemm vosks_own() {
  void* library = nullptr;
  dl_iterate_phdr(open_vosk, &library);
  void* const found = dlsym(library != nullptr ? library : RTLD_NEXT, "cblas_sgemm");
  if (found == nullptr) {
    std::fputs("few_rows: neither Vosk nor another BLAS is loaded, for a product that is not done here\n", stderr);
    std::abort();
  }
  return reinterpret_cast<Sgemm>(found);
}

}  // namespace

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,fma")
namespace avx512 {
using Vector = __m512;
constexpr int kLanes = 16;
inline Vector load(const float* from) { return _mm512_loadu_ps(from); }
inline Vector load_first(const float* from, int count) { return _mm512_maskz_loadu_ps((1u << count) - 1u, from); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
inline __m128 sums(Vector a, Vector b, Vector c, Vector d) {
  const Vector ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const Vector cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const Vector all = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))),
                                   _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
#include "few_rows.inc"
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
using Vector = __m256;
constexpr int kLanes = 8;
inline Vector load(const float* from) { return _mm256_loadu_ps(from); }
inline Vector load_first(const float* from, int count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes));
}
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
inline __m128 sums(Vector a, Vector b, Vector c, Vector d) {
  const Vector all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}
#include "few_rows.inc"
}  // namespace avx2
#pragma GCC pop_options

namespace {
using Multiply = void (*)(const Product&);
Multiply chosen() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) return avx512::multiply;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::multiply;
  return nullptr;
}
}  // namespace
#else
namespace {
using Multiply = void (*)(const Product&);
Multiply chosen() { return nullptr; }  // another processor: Vosk's own does everything
}  // namespace
#endif

extern "C" void cblas_sgemm(int order, int a_transposed, int b_transposed, int rows, int columns, int depth, float alpha,
                            const float* a, int a_stride, const float* b, int b_stride, float beta, float* c, int c_stride) {
  static const Multiply multiply = chosen();
  const bool is_ours = order == kRowMajor && a_transposed == kNo && b_transposed == kYes && rows <= kFew;
  if (multiply != nullptr && is_ours && rows > 0 && columns > 0 && depth > 0) {
    multiply({rows, columns, depth, alpha, a, a_stride, b, b_stride, beta, c, c_stride});
    return;
  }
  static const Sgemm own = vosks_own();
  own(order, a_transposed, b_transposed, rows, columns, depth, alpha, a, a_stride, b, b_stride, beta, c, c_stride);
}
