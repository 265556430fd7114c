import ModelLibrary
import Network

/// What classified the inputs, as records name it.
struct AnsweringModel {
  let name: String
  /// `fp32`, `bf16` or `int8`.
  let precision: String

  init(_ model: Model) {
    name = model.name
    precision = model.precision.name
  }
}
