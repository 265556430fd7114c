import Architecture
import Kernels
import Network
import Testing

/// The rooms above and below compute output sizes on their own, and must agree.
@Suite struct SpecTests {
  private func output(_ operation: LayerSpec.Operation, inputSize: Int) throws -> Int {
    let network = Architecture(
      name: "one layer", inputSize: inputSize, layers: [LayerSpec("layer", operation)])
    return try #require(network.summary().last).output.height
  }

  @Test("a pooling's output has the size that its kernel writes, however sizes are rounded")
  func pooling() throws {
    for rounding in [PoolingSpec.Rounding.down, .up] {
      for (kernel, stride) in [(2, 2), (3, 2), (3, 1), (2, 3), (1, 3)] {
        let spec = PoolingSpec(kernel: kernel, stride: stride, rounding: rounding)
        for size in kernel...20 {
          #expect(
            try output(.maxPooling(spec), inputSize: size) == MaxPooling(spec).outputExtent(size))
        }
      }
    }
  }

  @Test("a convolution's output has the size that its kernel writes")
  func convolution() throws {
    for (kernel, stride, padding) in [(11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 2, 0), (1, 1, 0)] {
      let spec = ConvolutionSpec(filters: 2, kernel: kernel, stride: stride, padding: padding)
      let geometry = Convolution.Geometry(spec, inputChannels: Architecture.inputChannels)
      for size in kernel...40 {
        #expect(
          try output(.convolution(spec), inputSize: size) == geometry.outputExtent(size))
      }
    }
  }
}
