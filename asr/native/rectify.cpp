// The rectifier of a neural network, max(x, floor), as Kaldi calls it; preloaded before Vosk together with few_rows.cpp.
//
// Kaldi's own loop is vectorised for source and result apart from each other, but a rectifier works in place, and then it goes
// number by number: a twentieth of all decoding. This definition replaces it through the dynamic linker.
//
// Assumption: the layout of `kaldi::MatrixBase<float>` (data, columns, rows, stride), which has not changed since Kaldi's first
// release; tests/asr/test_preload.py compares what is heard with and without this file.

namespace kaldi {

template <typename Real>
class MatrixBase {
 public:
  void Floor(const MatrixBase<Real>& source, Real floor);

 private:
  Real* data_;
  int columns_;
  int rows_;
  int stride_;
};

template <>
__attribute__((visibility("default"))) void MatrixBase<float>::Floor(const MatrixBase<float>& source, float floor) {
  for (int row = 0; row < rows_; ++row) {
    float* const to = data_ + static_cast<long>(row) * stride_;
    const float* const from = source.data_ + static_cast<long>(row) * source.stride_;
    // Each number depends on its own place only, whether or not source and result are the same.
#pragma GCC ivdep
    for (int column = 0; column < columns_; ++column) to[column] = from[column] < floor ? floor : from[column];
  }
}

}  // namespace kaldi
