public import Kernels

/// What a network computes in.
public enum Precision: Sendable, Hashable {
  /// 32-bit floating point throughout.
  case float32
  /// Fully connected layers multiply bfloat16 weights with inputs rounded to bfloat16. Their sums
  /// and all other layers are float32: in batches, convolutions by Winograd's filtering are faster
  /// than direct ones in bfloat16. Pruned layers stay as they are.
  case bfloat16
  /// 8-bit activations and weights, 32-bit sums.
  case int8(Quantization)

  /// The arithmetic of the fastest multiplications and additions.
  public var arithmetic: MachinePeak.Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }
}
