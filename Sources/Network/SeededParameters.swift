public import Architecture
import Kernels
public import Tensors

/// Reproducible random weights: for benchmarks and tests of a network nobody has trained.
///
/// Value `i` of tensor `t` (layers in order, weight before bias, counted from 0) is `((mix(t * 2^40
/// + (i + 1) * 0x9E3779B97F4A7C15) >> 40) * 2^-23 - 1) * scale`, where `mix` is SplitMix64's output
/// function (Steele, Lea and Flood 2014) in wrapping 64-bit arithmetic. `scale` is `sqrt(6 / inputs
/// of one output)` for weights, which keeps activations of one size through ReLU layers (He et al.
/// 2015), and 0.1 for biases; all in float32. Integers only until the last step, so that other
/// languages give the same bits.
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

  /// Parameters of an architecture.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(_:)``.
  public static func parameters(
    of architecture: Architecture
  ) throws(NetworkError) -> Parameters {
    try Parameters(architecture, tensors(of: architecture))
  }

  /// The tensors of ``parameters(of:)``, by name.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(_:)``.
  public static func tensors(
    of architecture: Architecture
  ) throws(NetworkError) -> [String: WeightMatrix] {
    var tensors: [String: WeightMatrix] = [:]
    var number = 0
    for row in try architecture.checkedSummary() {
      for spec in row.tensors {
        let dimensions = spec.dimensions
        let isBias = dimensions.count == 1
        let inputs = dimensions.dropFirst().reduce(1, *)
        let values = values(
          tensor: number, count: dimensions.reduce(1, *),
          scale: isBias ? 0.1 : (6 / Float(inputs)).squareRoot())
        do {
          tensors[spec.name] = .dense(try FloatTensor(values, shape: dimensions))
        } catch {
          throw .impossibleLayer(
            ArchitectureError(layer: row.layer.name, reason: error.description))
        }
        number += 1
      }
    }
    return tensors
  }
}
