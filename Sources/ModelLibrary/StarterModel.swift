import CStarterModel
import Tensors

/// The model that is compiled into the program.
enum StarterModel {
  static let name = "starter"

  /// Opens it where it lies: nothing but its header is parsed, and no weight copied.
  static func open() throws(ModelError) -> Model {
    try ModelReader(storage, file: "the built-in model").model(origin: .builtIn)
  }

  private static var storage: Storage {
    // SAFETY: static read-only memory of that size, which lives as long as the process.
    unsafe Storage(
      viewing: UnsafeRawBufferPointer(
        start: alexnet_starter_model_bytes(), count: alexnet_starter_model_size()),
      owner: nil)
  }
}
