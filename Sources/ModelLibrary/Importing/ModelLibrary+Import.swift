import JSON
import Network
public import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// Converts a weight file of any format and puts it into the library.
  ///
  /// - Parameters:
  ///   - name: what it is to be called; nil takes the file's own name.
  ///   - stop: ends it early when raised.
  /// - Throws: ``ModelError``; then the library is as it was.
  public func importModel(
    _ path: RawPath, name: String? = nil, options: ImportOptions = ImportOptions(),
    stop: StopFlag? = nil
  ) throws(ModelError) -> InstalledModel {
    let source = try source(path: path, options)
    let file = try newModel(named: name ?? source.reader.stem)
    return try install(source.selfDescribing(), in: file, stop: stop)
  }
}

extension ModelReader {
  /// The weights with metadata that leaves nothing to be guessed.
  ///
  /// - Parameter source: where they come from, if they do not say so.
  /// - Throws: ``ModelError`` for what could not be opened later.
  func selfDescribing(
    source: [JSONValue.Member]
  ) throws(ModelError) -> WeightFile {
    let model = try model(origin: .file(file))
    let architecture = model.network.architecture
    var weights = weights
    func describe(_ entry: String, _ text: @autoclosure () -> String) {
      if weights.metadata[entry] == nil { weights.metadata[entry] = text() }
    }
    describe("variant", architecture.name)
    if Architecture(named: architecture.name)?.inputSize != architecture.inputSize {
      describe("inputSize", String(architecture.inputSize))
    }
    describe("preprocessing", model.preprocessing.json)
    describe("classes", JSONValue.strings(model.labels.map { $0.wnid ?? $0.label }).text)
    describe("labels", JSONValue.strings(model.labels.map(\.label)).text)
    if !source.isEmpty { describe("source", JSONValue.object(source).text) }
    return weights
  }
}
