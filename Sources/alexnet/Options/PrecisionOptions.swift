import ArgumentParser
import ModelLibrary
import Network

/// What a network computes in.
struct PrecisionOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case fp32
    case int8
  }

  @Option(
    help: ArgumentHelp(
      "Compute in fp32, or in int8: faster, a little less exact, and only with calibrated models.",
      valueName: "fp32|int8"))
  var precision = Name.fp32

  /// `model`, computing in this precision.
  func apply(to model: Model) throws -> Model {
    guard precision == .int8 else { return model }
    do throws(ModelError) {
      return try model.in8Bits()
    } catch {
      throw CommandFailure(error)
    }
  }
}
