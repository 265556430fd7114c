import Architecture
import Images
import JSON
import Network
import Preprocessing
import System
import Tensors
import WeightFiles

/// Converts weights of any format to the form of the files that this program writes: tensors with
/// the names of the architecture, and metadata with everything else that is needed to run the
/// network.
struct NativeForm {
  let options: ImportOptions
  /// The networks that a weight file may hold.
  var architectures = Architecture.all

  /// - Throws: ``ModelError`` if the file cannot be read or does not hold an AlexNet.
  func weights(from path: RawPath, _ storage: Storage) throws(ModelError) -> WeightFile {
    try read(path, storage).weights
  }

  /// The weights, and whether the usual preprocessing is assumed because neither the file nor the
  /// user describes it.
  ///
  /// - Throws: as ``weights(from:_:)``.
  func read(
    _ path: RawPath, _ storage: Storage
  ) throws(ModelError) -> (weights: WeightFile, assumesPreprocessing: Bool) {
    let file = path.repaired
    let model: ModelFile
    do {
      model = try ModelFile.read(storage) { (name) throws(WeightFileError) in
        do {
          return try ModelLibrary.map(path.parent.appending(name))
        } catch {
          throw .damaged(.onnx, "its weights are in another file: \(error)")
        }
      }
    } catch {
      throw .damaged(file: file, error)
    }
    let assumes =
      !options.givesPreprocessing && model.weights.metadata["preprocessing"] == nil
      && model.description.preprocessing == nil
    if model.isNative { return (described(model.weights), assumes) }
    let resolved: ResolvedModel
    do {
      resolved = try model.resolved(against: architectures, variant: options.variant)
    } catch {
      throw .damaged(file: file, error)
    }
    var weights = resolved.weights
    weights.addMetadata(try metadata(of: resolved, file))
    return (described(weights), assumes)
  }

  /// The description of the network from the file, as metadata.
  private func metadata(
    of resolved: ResolvedModel, _ file: String
  ) throws(ModelError) -> JSONValue {
    var members: [JSONValue.Member] = [.init("variant", .string(resolved.architecture.name))]
    if let lrn = resolved.description.normalization {
      members.append(.init("lrn", lrn.json))
    }
    if resolved.poolsRoundUp { members.append(.init("pooling", .string("up"))) }
    members.append(.init("inputSize", .string(String(resolved.inputSize))))
    if !options.givesPreprocessing {
      let preprocessing: Preprocessing
      do {
        preprocessing = try .usual(for: resolved.architecture, in: resolved.description)
      } catch {
        throw .badMetadata(file: file, entry: "preprocessing", reason: "\(error)")
      }
      members.append(.init("preprocessing", .string(preprocessing.json.compactText)))
    }
    return .object(members)
  }

  /// Adds the user's description. It replaces the description in the file, except for
  /// ``ImportOptions/metadata``, whose entries are used only if the file does not have them.
  func described(_ weights: WeightFile) -> WeightFile {
    var weights = weights
    weights.metadata.merge(options.metadata) { known, _ in known }
    if let variant = options.variant { weights.metadata["variant"] = variant }
    if let labels = options.labels {
      weights.metadata["labels"] = JSONValue.strings(labels.map(\.label)).text
      weights.metadata["classes"] = JSONValue.strings(labels.map { $0.wnid ?? $0.label }).text
    }
    if let preprocessing = options.preprocessing {
      weights.metadata["preprocessing"] = preprocessing.json.compactText
      if let size = preprocessing.outputSize(for: nil)?.width {
        weights.metadata["inputSize"] = String(size)
      }
    }
    return weights
  }
}

extension ImportOptions {
  fileprivate var givesPreprocessing: Bool {
    preprocessing != nil || metadata["preprocessing"] != nil
  }
}

extension ModelFile {
  /// Whether this program wrote the file, so that its metadata describes the model.
  fileprivate var isNative: Bool {
    description.format == .safetensors
      && (weights.metadata["variant"] != nil || weights.metadata["sparse"] != nil)
  }
}

extension ResolvedModel {
  fileprivate var poolsRoundUp: Bool {
    description.layers.contains { layer in
      if case .maxPooling(let pool, _) = layer { pool.rounding == .up } else { false }
    }
  }
}
