#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// The gradient of ``maxPooling(_:channels:height:width:pooling:)`` with respect to its input.
  ///
  /// A window passes its gradient on to its maximum. Where several values are equal, that is the
  /// first of them in reading order; where some are NaN, the last NaN (PyTorch, `max_pool2d`).
  @inlinable public static func maxPoolingGradient<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], channels: Int, height: Int, width: Int, outputGradient: [Scalar],
    pooling: MaxPooling
  ) -> [Scalar] {
    let (outHeight, outWidth) = (pooling.outputExtent(height), pooling.outputExtent(width))
    var sums = [Double](repeating: 0, count: input.count)
    for channel in 0..<channels {
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          var largest = (channel * height + y * pooling.stride) * width + x * pooling.stride
          for row in y * pooling.stride..<min(y * pooling.stride + pooling.kernel, height) {
            for column in x * pooling.stride..<min(x * pooling.stride + pooling.kernel, width) {
              let index = (channel * height + row) * width + column
              if input[index] > input[largest] || input[index].isNaN { largest = index }
            }
          }
          sums[largest] += Double(outputGradient[(channel * outHeight + y) * outWidth + x])
        }
      }
    }
    return sums.map { Scalar($0) }
  }

  /// The gradient of ``normalization(_:channels:area:normalization:)`` with respect to its input.
  ///
  /// With `s[i] = k + alpha * sum of a[j]^2` and `b[i] = a[i] * s[i]^-beta`, the derivative by
  /// `a[j]` is `g[j] * s[j]^-beta - 2 * alpha * beta * a[j] * sum of g[i] * a[i] * s[i]^(-beta -
  /// 1)` over the channels `i` in whose window `j` lies.
  @inlinable public static func normalizationGradient<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], channels: Int, area: Int, outputGradient: [Scalar],
    normalization: LocalResponseNormalization
  ) -> [Scalar] {
    let half = normalization.size / 2
    let divisor = normalization.alphaDividedBySize ? Double(normalization.size) : 1
    let alpha = Double(normalization.alpha) / divisor
    let beta = Double(normalization.beta)
    var result = input
    for position in 0..<area {
      let values = (0..<channels).map { Double(input[$0 * area + position]) }
      let gradients = (0..<channels).map { Double(outputGradient[$0 * area + position]) }
      func window(_ channel: Int) -> ClosedRange<Int> {
        max(0, channel - half)...min(channels - 1, channel + half)
      }
      let bases = (0..<channels).map { channel in
        Double(normalization.k)
          + alpha * window(channel).reduce(0) { $0 + values[$1] * values[$1] }
      }
      for channel in 0..<channels {
        let sum = window(channel).reduce(0.0) {
          $0 + gradients[$1] * values[$1] * pow(bases[$1], -beta - 1)
        }
        result[channel * area + position] = Scalar(
          gradients[channel] * pow(bases[channel], -beta)
            - 2 * alpha * beta * values[channel] * sum)
      }
    }
    return result
  }

  /// The gradient of ReLU with respect to its input: `outputGradient` if the output is greater than
  /// 0, otherwise 0.
  @inlinable public static func reluGradient<Scalar: BinaryFloatingPoint>(
    output: [Scalar], outputGradient: [Scalar]
  ) -> [Scalar] {
    zip(output, outputGradient).map { $0 > 0 ? $1 : 0 }
  }

  /// Inverted dropout: kept values are divided by the probability of being kept, others become 0.
  ///
  /// Its gradient with respect to its input is the same function of the output's gradient.
  @inlinable public static func dropout<Scalar: BinaryFloatingPoint>(
    _ values: [Scalar], kept: [Bool], rate: Scalar
  ) -> [Scalar] {
    zip(values, kept).map { $1 ? $0 / (1 - rate) : 0 }
  }
}
