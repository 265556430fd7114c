/// What the factors of the products of fully connected layers are rounded to in steps of training.
///
/// Sums, biases, the weights themselves, and the step that changes them are float32.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  /// Not rounded.
  case float32 = "fp32"
  /// To nearest, ties to even.
  case bfloat16 = "bf16"

  /// What is multiplied.
  public var arithmetic: MachinePeak.Arithmetic {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }
}
