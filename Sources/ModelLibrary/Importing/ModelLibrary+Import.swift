import Network
public import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// Converts a weight file of any format and puts it into the library.
  ///
  /// - Parameter name: what it is to be called; nil takes the file's own name.
  /// - Throws: ``ModelError``; then the library is as it was.
  public func importModel(
    _ path: RawPath, name: String? = nil, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> InstalledModel {
    let storage = try Self.map(path)
    let weights = try NativeForm(options: options).weights(from: path, storage)
    let reader = try ModelReader(weights, file: path.repaired)
    let name = name ?? reader.stem
    guard LibraryHome.isValid(name: name) else { throw .badName(name) }
    guard try installedModel(named: name) == nil else { throw .alreadyInstalled(name) }
    return try install(
      reader.selfDescribing(source: [
        .init("file", .string(String(decoding: path.lastComponent, as: UTF8.self))),
        Digest(.sha256, of: storage).member,
      ]),
      as: name)
  }
}

extension ModelReader {
  /// The weights with metadata that leaves nothing to be guessed.
  ///
  /// - Throws: ``ModelError`` for what could not be opened later.
  func selfDescribing(
    source: [JSONValue.Member]
  ) throws(ModelError) -> WeightFile {
    let model = try model(origin: .file(file))
    var weights = weights
    weights.metadata["variant"] = model.network.architecture.name
    weights.metadata["inputSize"] = String(model.network.architecture.inputSize)
    weights.metadata["preprocessing"] = model.preprocessing.json
    weights.metadata["classes"] = JSONValue.strings(model.labels.map { $0.wnid ?? $0.label }).text
    weights.metadata["labels"] = JSONValue.strings(model.labels.map(\.label)).text
    if weights.metadata["source"] == nil {
      weights.metadata["source"] = JSONValue.object(source).text
    }
    return weights
  }
}
