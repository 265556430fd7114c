import Architecture
import Kernels
import Tensors

/// Reproducible random weights: for benchmarks and tests of a network nobody has trained.
///
/// Value `i` of tensor `t` (layers in order, weight before bias, counted from 0) is
/// `((mix(t * 2^40 + (i + 1) * 0x9E3779B97F4A7C15) >> 40) * 2^-23 - 1) * scale`, where `mix` is
/// SplitMix64's output function (Steele, Lea and Flood 2014) in wrapping 64-bit arithmetic. `scale` is
/// `sqrt(6 / inputs of one output)` for weights, which keeps activations of one size through ReLU
/// layers (He et al. 2015), and 0.1 for biases; all in float32. Integers only until the last step,
/// so that other languages give the same bits.
public enum SeededParameters {
  /// `count` values of tensor number `tensor`.
  public static func values(tensor: Int, count: Int, scale: Float) -> [Float] {
    let base = UInt64(tensor) &<< 40
    return (0..<count).map { index in
      var z = base &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return (Float((z ^ (z >> 31)) >> 40) * 0x1p-23 - 1) * scale
    }
  }

  /// All parameters of an architecture, as ``Network/init(_:parameters:kernels:)`` takes them.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(_:)``.
  public static func parameters(
    of architecture: Architecture
  ) throws(NetworkError) -> [String: WeightMatrix] {
    var parameters: [String: WeightMatrix] = [:]
    var tensor = 0
    for row in try architecture.checkedSummary() {
      guard let dimensions = row.weightDimensions else { continue }
      let inputs = dimensions.dropFirst().reduce(1, *)
      let tensors = [
        ("weight", dimensions, (6 / Float(inputs)).squareRoot()), ("bias", [dimensions[0]], 0.1),
      ]
      for (suffix, dimensions, scale) in tensors {
        let values = values(tensor: tensor, count: dimensions.reduce(1, *), scale: scale)
        do {
          parameters["\(row.layer.name).\(suffix)"] = .dense(
            try Tensor(values, shape: dimensions))
        } catch {
          throw .impossibleLayer(
            ArchitectureError(layer: row.layer.name, reason: error.description))
        }
        tensor += 1
      }
    }
    return parameters
  }
}
