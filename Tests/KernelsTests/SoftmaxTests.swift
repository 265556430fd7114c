import Kernels
import Testing

@Suite struct SoftmaxTests {
  @Test("logits far beyond what exp can hold give the same probabilities as small ones")
  func large() {
    let small = softmax([0, 1, 3])
    #expect(softmax([2000, 2001, 2003]) == small)
    #expect(softmax([-2000, -1999, -1997]) == small)
    #expect(abs(small[2] - 0.843795) < 1e-5 && abs(small.reduce(0, +) - 1) < 1e-6)
    #expect(softmax([]).isEmpty)
  }
}
