public import Kernels

/// The number formats in which a network computes.
public enum Precision: Sendable, Hashable {
  /// 32-bit floating point throughout.
  case float32
  /// Fully connected layers multiply bfloat16 weights with inputs that are rounded to bfloat16, and
  /// add the products in float32. Pruned layers and all other layers compute in float32, because in
  /// batches, convolutions with Winograd's algorithm are faster than direct ones in bfloat16.
  case bfloat16
  /// 8-bit activations and weights, 32-bit sums.
  case int8(Quantization)

  /// The name in options and reports: `fp32`, `bf16` or `int8`.
  public var name: String {
    switch self {
    case .float32: "fp32"
    case .bfloat16: "bf16"
    case .int8: "int8"
    }
  }

  /// The arithmetic of the fastest multiplications and additions.
  public var arithmetic: MachinePeak.Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }
}
