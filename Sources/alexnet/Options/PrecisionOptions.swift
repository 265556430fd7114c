import ArgumentParser
import ModelLibrary
import Network

/// The precision in which a network computes.
struct PrecisionOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case auto
    case fp32
    case bf16
    case int8
  }

  @Option(
    help: ArgumentHelp(
      """
      The precision to compute in. auto is int8 for calibrated models and fp32 for all others. \
      bf16 is faster than fp32 and rounds the fully connected layers to bfloat16. int8 is faster \
      still and a little less accurate, and works only with calibrated models. (default: auto; \
      fp32 for 'alexnet features')
      """,
      valueName: "auto|fp32|bf16|int8"))
  var precision: Name?

  /// `model`, computing in this precision.
  ///
  /// - Parameter usual: the precision where the user names none.
  func apply(to model: Model, usual: Name = .auto) throws -> Model {
    try (precision ?? usual).apply(to: model)
  }
}

extension PrecisionOptions.Name {
  /// `model`, computing in this precision.
  ///
  /// - Throws: what ends the command if it cannot.
  func apply(to model: Model) throws -> Model {
    do throws(ModelError) {
      switch self {
      case .fp32: return model
      case .bf16: return model.inBFloat16()
      case .int8: return try model.in8Bits()
      case .auto: return try model.in8BitsWhereCalibrated()
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
