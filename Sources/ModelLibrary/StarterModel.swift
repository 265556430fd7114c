import CStarterModel
import JSON
import Tensors
import WeightFiles

/// The model that is compiled into the program.
enum StarterModel {
  static let name = "starter"

  /// Opens the model. Only its header is parsed, and no weight is copied.
  static func source(_ options: ImportOptions) throws(ModelError) -> ModelSource {
    let storage = storage
    var weights: WeightFile
    do {
      weights = try Safetensors.read(storage)
    } catch {
      throw .damaged(file: file, error)
    }
    weights.metadata.merge(StarterFacts.current.metadata) { $1 }
    let described = NativeForm(options: options).described(weights)
    var reader = try ModelReader(described, file: file)
    reader.labelsFile = options.nameOfLabels
    return ModelSource(
      model: try reader.model(name: name, origin: .builtIn), path: nil, storage: storage,
      reader: reader)
  }

  /// The number of its classes; nil if its header cannot be read, which opening the model reports.
  static var classCount: Int? {
    guard let labels = try? Safetensors.read(storage).metadata["labels"] else { return nil }
    return (try? JSONValue.parse(labels))?.array?.count
  }

  /// Whether its header says that it is compressed, and that it can compute in 8 bits.
  static var form: (isCompressed: Bool, isCalibrated: Bool) {
    let metadata = (try? Safetensors.read(storage).metadata) ?? [:]
    return (
      metadata[CompactForm.sparseEntry] != nil, metadata[QuantizedForm.activationsEntry] != nil
    )
  }

  /// In bytes.
  static var size: Int { storage.count }

  private static let file = "the built-in model"

  private static var storage: Storage {
    // SAFETY: the address and the size are those of read-only memory that is compiled into the
    // program.
    unsafe Storage(
      viewing: UnsafeRawBufferPointer(
        start: alexnet_starter_model_bytes(), count: alexnet_starter_model_size()),
      owner: nil)
  }
}
