import JSON
public import System
public import Tensors
public import WeightFiles

/// A model together with the contents of the file from which it was opened. It is what conversions
/// to another form start from.
public struct ModelSource: Sendable {
  public let model: Model
  /// The path of the file; nil for the model that is compiled into the program.
  let path: RawPath?
  let storage: Storage
  let reader: ModelReader

  /// The size of the file in bytes.
  public var size: Int { storage.count }

  /// The name of the file in messages.
  public var file: String { reader.file }

  /// The weights and biases, by the names of their tensors.
  public var parameters: [String: WeightMatrix] { reader.parameters }

  /// The weights, with metadata that says everything about the model.
  ///
  /// - Throws: ``ModelError``.
  public func selfDescribing() throws(ModelError) -> WeightFile {
    guard reader.metadata["source"] == nil, let path else {
      return try reader.selfDescribing(source: [])
    }
    return try reader.selfDescribing(source: [
      .init("file", .string(String(decoding: path.lastComponent, as: UTF8.self))),
      Digest(.sha256, of: storage).member,
    ])
  }

  /// The model that results if a file with these weights is opened.
  ///
  /// - Throws: ``ModelError``.
  public func converted(_ weights: WeightFile) throws(ModelError) -> ConvertedModel {
    var weights = weights
    // This is the digest of the old weights. When the file is written to the library, it gets a new
    // one.
    weights.metadata[ModelLibrary.dataDigestEntry] = nil
    let reader = try ModelReader(
      weights, file: reader.file, architectures: reader.architectures)
    return ConvertedModel(
      model: try reader.model(name: model.name, origin: model.origin), weights: weights)
  }
}

/// A model in a new form that has not been written to a file yet: see ``NewModelFile``.
public struct ConvertedModel: Sendable {
  public let model: Model
  private(set) var weights: WeightFile

  /// Lets the file say how accurate the model is.
  ///
  /// - Parameter accuracy: an object with one member for each data set.
  public mutating func note(accuracy: JSONValue) { weights.metadata["accuracy"] = accuracy.text }
}

extension ModelLibrary {
  /// Opens the model of that name, or else the weight file at that path, as
  /// ``open(_:options:)`` does.
  ///
  /// - Throws: ``ModelError``.
  public func source(
    _ nameOrPath: RawPath, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> ModelSource {
    // A name that is not UTF-8 can only be a path.
    guard nameOrPath.isUTF8 else { return try source(path: nameOrPath, name: nil, options) }
    let name = nameOrPath.repaired
    if name == StarterModel.name { return try StarterModel.source(options) }
    if let model = try installedModel(named: name) {
      return try source(path: model.path, name: name, options)
    }
    do {
      return try source(path: nameOrPath, name: nil, options)
    } catch .unreadable(let error) where error.isNotFound && LibraryHome.couldBe(name: name) {
      throw unknown(name)
    }
  }

  /// Opens a weight file of any format.
  ///
  /// - Parameter name: the name of the model; nil for the name in the file.
  /// - Throws: ``ModelError``.
  func source(
    path: RawPath, name: String? = nil, _ options: ImportOptions
  ) throws(ModelError) -> ModelSource {
    let storage = try Self.map(path)
    let form = try NativeForm(options: options, architectures: architectures)
      .read(path, storage)
    var reader = try ModelReader(
      form.weights, file: path.repaired, architectures: architectures)
    reader.labelsFile = options.nameOfLabels
    var model = try reader.model(name: name, origin: .file(path.repaired))
    model.assumesPreprocessing = form.assumesPreprocessing
    model.ignoredTensors = form.ignored
    model.hasSigmoid = form.hasSigmoid
    return ModelSource(model: model, path: path, storage: storage, reader: reader)
  }
}
