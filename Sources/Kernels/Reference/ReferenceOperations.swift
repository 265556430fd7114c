#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Every operation in its simplest form and in double precision. The tests compare the kernels with
/// it.
///
/// Arrays hold one image, `[channels, height, width]`, or one vector. Sums are formed in double
/// precision; their results are rounded to `Scalar`, which is `Float` or `Double`.
public enum Reference {
  /// A convolution with zero padding; `weights` are `[out, in / groups, kernel, kernel]`.
  @inlinable public static func convolution<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], height: Int, width: Int, weights: [Scalar], bias: [Scalar],
    geometry: Convolution.Geometry, relu: Bool
  ) -> [Scalar] {
    let (outHeight, outWidth) = (geometry.outputExtent(height), geometry.outputExtent(width))
    let depth = geometry.inputChannels / geometry.groups
    let filtersAGroup = geometry.filters / geometry.groups
    let kernel = geometry.kernel
    var output: [Scalar] = []
    output.reserveCapacity(geometry.filters * outHeight * outWidth)
    for filter in 0..<geometry.filters {
      let firstChannel = filter / filtersAGroup * depth
      for y in 0..<outHeight {
        for x in 0..<outWidth {
          var sum = Double(bias[filter])
          for channel in 0..<depth {
            for i in 0..<kernel {
              for j in 0..<kernel {
                let row = y * geometry.stride - geometry.padding + i
                let column = x * geometry.stride - geometry.padding + j
                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                let weight = weights[((filter * depth + channel) * kernel + i) * kernel + j]
                let value = input[((firstChannel + channel) * height + row) * width + column]
                sum += Double(weight) * Double(value)
              }
            }
          }
          output.append(Scalar(relu ? max(0, sum) : sum))
        }
      }
    }
    return output
  }

  /// Maximum over windows, cut off at the edges.
  @inlinable public static func maxPooling<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], channels: Int, height: Int, width: Int, pooling: MaxPooling
  ) -> [Scalar] {
    var output: [Scalar] = []
    for channel in 0..<channels {
      for y in 0..<pooling.outputExtent(height) {
        for x in 0..<pooling.outputExtent(width) {
          var largest = -Scalar.infinity
          for row in y * pooling.stride..<min(y * pooling.stride + pooling.kernel, height) {
            for column in x * pooling.stride..<min(x * pooling.stride + pooling.kernel, width) {
              largest = max(largest, input[(channel * height + row) * width + column])
            }
          }
          output.append(largest)
        }
      }
    }
    return output
  }

  /// Local response normalisation across channels.
  @inlinable public static func normalization<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], channels: Int, area: Int, normalization: LocalResponseNormalization
  ) -> [Scalar] {
    let half = normalization.size / 2
    let divisor = normalization.alphaDividedBySize ? Double(normalization.size) : 1
    var output = input
    for position in 0..<area {
      for channel in 0..<channels {
        var sum = 0.0
        for neighbour in max(0, channel - half)...min(channels - 1, channel + half) {
          let value = Double(input[neighbour * area + position])
          sum += value * value
        }
        let base = Double(normalization.k) + Double(normalization.alpha) / divisor * sum
        let value = Double(input[channel * area + position])
        output[channel * area + position] = Scalar(value * pow(base, -Double(normalization.beta)))
      }
    }
    return output
  }

  /// `weights` `[out, in]` times a vector, plus `bias`.
  @inlinable public static func fullyConnected<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], weights: [Scalar], bias: [Scalar], relu: Bool
  ) -> [Scalar] {
    bias.indices.map { row in
      var sum = Double(bias[row])
      for (column, value) in input.enumerated() {
        sum += Double(weights[row * input.count + column]) * Double(value)
      }
      return Scalar(relu ? max(0, sum) : sum)
    }
  }
  /// The product of `a` `[rows, depth]` and `b` `[depth, columns]`, `[rows, columns]`.
  public static func product(
    _ a: [Float], _ b: [Float], rows: Int, columns: Int, depth: Int
  ) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for index in 0..<depth {
          sum += Double(a[row * depth + index]) * Double(b[index * columns + column])
        }
        result.append(Float(sum))
      }
    }
    return result
  }
}
