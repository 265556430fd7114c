import JSON
public import System
import Tensors
import WeightFiles

/// A model together with the file that it was opened from: what another file can be made of it from.
public struct ModelSource: Sendable {
  public let model: Model
  /// Nil for the model that is compiled into the program.
  let path: RawPath?
  let storage: Storage
  let reader: ModelReader

  /// Bytes of the file.
  public var size: Int { storage.count }

  /// The weights with metadata that leaves nothing to be guessed.
  ///
  /// - Throws: ``ModelError``.
  func selfDescribing() throws(ModelError) -> WeightFile {
    guard reader.metadata["source"] == nil, let path else {
      return try reader.selfDescribing(source: [])
    }
    return try reader.selfDescribing(source: [
      .init("file", .string(String(decoding: path.lastComponent, as: UTF8.self))),
      Digest(.sha256, of: storage).member,
    ])
  }

  /// The same model with other weights, as it will be when they are opened from a file.
  ///
  /// - Throws: ``ModelError``.
  func converted(_ weights: WeightFile) throws(ModelError) -> ConvertedModel {
    var weights = weights
    // Of the old values; a file of the library gets its own.
    weights.metadata[ModelLibrary.dataDigestEntry] = nil
    let reader = try ModelReader(weights, file: reader.file)
    return ConvertedModel(
      model: try reader.model(name: model.name, origin: model.origin), weights: weights)
  }
}

/// A model in a new form, which no file holds yet: see ``NewModelFile``.
public struct ConvertedModel: Sendable {
  public let model: Model
  let weights: WeightFile
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
  /// - Parameter name: what the model is called, whatever the file says.
  /// - Throws: ``ModelError``.
  func source(
    path: RawPath, name: String? = nil, _ options: ImportOptions
  ) throws(ModelError) -> ModelSource {
    let storage = try Self.map(path)
    let form = try NativeForm(options: options).read(path, storage)
    let reader = try ModelReader(form.weights, file: path.repaired)
    var model = try reader.model(name: name, origin: .file(path.repaired))
    model.assumesPreprocessing = form.assumesPreprocessing
    return ModelSource(model: model, path: path, storage: storage, reader: reader)
  }
}
