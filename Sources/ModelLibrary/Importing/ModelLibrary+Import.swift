import Architecture
import JSON
import Network
import Preprocessing
public import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// Converts a weight file of any format to this program's form of safetensors and puts it into
  /// the library.
  ///
  /// - Parameters:
  ///   - name: the name of the new model; nil takes the file's own name.
  ///   - opened: called with the model before it is written.
  ///   - stop: ends the import early when it is raised.
  /// - Throws: ``ModelError``. In that case, the library is unchanged.
  public func importModel(
    _ path: RawPath, name: String? = nil, options: ImportOptions = ImportOptions(),
    stop: StopFlag? = nil, opened: (Model) -> Void = { _ in }
  ) throws(ModelError) -> InstalledModel {
    let source = try source(path: path, options)
    opened(source.model)
    let file = try newModel(named: name ?? source.reader.stem)
    return try install(source.selfDescribing(), in: file, stop: stop)
  }
}

extension ModelReader {
  /// The weights, with metadata that says everything about the model.
  ///
  /// - Parameter source: the description of the file that the weights come from; empty if the
  ///   metadata already has it.
  /// - Throws: ``ModelError`` if the new file could not be opened as a model.
  func selfDescribing(
    source: [JSONValue.Member]
  ) throws(ModelError) -> WeightFile {
    let model = try model(origin: .file(file))
    try requireFiniteWeights()
    let architecture = model.parameters.architecture
    var weights = weights
    func describe(_ entry: String, _ text: @autoclosure () -> String) {
      if weights.metadata[entry] == nil { weights.metadata[entry] = text() }
    }
    describe("variant", architecture.name)
    let usual = Architecture(named: architecture.name, among: architectures)
    if usual?.inputSize != architecture.inputSize {
      describe("inputSize", String(architecture.inputSize))
    }
    describe("preprocessing", model.preprocessing.json.compactText)
    describe("classes", JSONValue.strings(model.labels.map { $0.wnid ?? $0.label }).text)
    describe("labels", JSONValue.strings(model.labels.map(\.label)).text)
    if !source.isEmpty { describe("source", JSONValue.object(source).text) }
    return weights
  }
}
