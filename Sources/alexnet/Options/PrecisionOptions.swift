import ArgumentParser
import ModelLibrary
import Network

/// What a network computes in.
struct PrecisionOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case fp32
    case bf16
    case int8
    case auto
  }

  @Option(
    help: ArgumentHelp(
      """
      Compute in fp32; in bf16, faster, with fully connected layers rounded to bfloat16; in int8, \
      faster still, a little less exact, and only with calibrated models; or auto: int8 for \
      calibrated models, fp32 for others.
      """,
      valueName: "fp32|bf16|int8|auto"))
  var precision = Name.fp32

  /// `model`, computing in this precision.
  func apply(to model: Model) throws -> Model {
    do throws(ModelError) {
      switch precision {
      case .fp32: return model
      case .bf16: return try model.inBFloat16()
      case .int8: return try model.in8Bits()
      case .auto: return try model.in8BitsWhereCalibrated()
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
