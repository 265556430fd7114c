public import Architecture
public import JSON
public import Network
public import Preprocessing
import Tensors
import WeightFiles

/// A network that was trained, with everything that a file of it says.
public struct TrainedModel: Sendable {
  public var architecture: Architecture
  /// The values of every tensor by name, row-major.
  public var parameters: [String: [Float]]
  public var preprocessing: Preprocessing
  /// One for each output of the network.
  public var labels: [ClassLabel]
  /// How it was trained.
  public var training: JSONValue
  /// What it was trained from; nil for a network that was trained from nothing.
  public var source: ModelSource?

  public init(
    architecture: Architecture, parameters: [String: [Float]], preprocessing: Preprocessing,
    labels: [ClassLabel], training: JSONValue, source: ModelSource?
  ) {
    self.architecture = architecture
    self.parameters = parameters
    self.preprocessing = preprocessing
    self.labels = labels
    self.training = training
    self.source = source
  }

  /// The model as a file of the project's own.
  ///
  /// - Parameter file: what messages call the file.
  /// - Throws: ``ModelError`` where tensors are missing or misshapen.
  public func converted(file: String) throws(ModelError) -> ConvertedModel {
    let weights = WeightFile(tensors: try tensors(file), metadata: metadata)
    let reader = try ModelReader(weights, file: file, architectures: [architecture])
    return ConvertedModel(model: try reader.model(origin: .file(file)), weights: weights)
  }

  private func tensors(_ file: String) throws(ModelError) -> [NamedTensor] {
    do {
      let checked = try Parameters(architecture, floats: parameters)
      var tensors: [NamedTensor] = []
      for spec in checked.summary.flatMap(\.tensors) {
        tensors.append(
          NamedTensor(
            name: spec.name,
            tensor: try Tensor(parameters[spec.name] ?? [], shape: spec.dimensions)))
      }
      return tensors
    } catch let error as NetworkError {
      throw .notAlexNet(file: file, error)
    } catch {
      throw .badMetadata(file: file, entry: "weights", reason: "\(error)")
    }
  }

  private var metadata: [String: String] {
    var metadata = [
      "variant": architecture.name,
      "inputSize": String(architecture.inputSize),
      "preprocessing": preprocessing.json.compactText,
      "classes": JSONValue.strings(labels.map { $0.wnid ?? $0.label }).text,
      "labels": JSONValue.strings(labels.map(\.label)).text,
      "training": training.text,
    ]
    for layer in architecture.layers {
      switch layer.operation {
      case .normalization(let spec): metadata["lrn"] = spec.json.text
      case .maxPooling(let spec): metadata["pooling"] = spec.rounding.rawValue
      case .convolution, .fullyConnected: continue
      }
    }
    if let source {
      metadata["source"] =
        ([
          "trainedFrom": .string(source.model.name), "sha256": .string(source.sha256),
        ] as JSONValue).text
      metadata["license"] = source.model.metadata["license"]
    }
    return metadata
  }
}

extension ModelSource {
  /// The SHA-256 of the model's file, in hexadecimal digits.
  public var sha256: String { Digest(.sha256, of: storage).hexadecimal }
}

extension NormalizationSpec {
  /// The JSON form in the metadata of a file.
  var json: JSONValue {
    [
      "size": .integer(size), "alpha": .number(Double(alpha)), "beta": .number(Double(beta)),
      "k": .number(Double(k)), "alphaDividedBySize": .bool(alphaDividedBySize),
    ]
  }
}
