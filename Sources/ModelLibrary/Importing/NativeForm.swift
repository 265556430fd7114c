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

  /// Weights in the form of this program, and what the user may want to know about them.
  struct Result {
    var weights: WeightFile
    /// Whether the usual preprocessing is assumed because neither the file nor the user describes
    /// it.
    var assumesPreprocessing: Bool
    /// The names of the file's tensors that no layer has and that are left out.
    var ignored: [String] = []
    /// Whether the file has one output, which became two.
    var hasSigmoid = false
  }

  /// - Throws: as ``weights(from:_:)``.
  func read(_ path: RawPath, _ storage: Storage) throws(ModelError) -> Result {
    let file = path.repaired
    var model: ModelFile
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
    let isNative = model.isNative(architectures)
    // Other programs use the same names for entries of another meaning.
    if !isNative { model.weights.metadata = [:] }
    let assumes =
      !options.givesPreprocessing && model.weights.metadata["preprocessing"] == nil
      && model.description.preprocessing == nil
    if isNative {
      return Result(weights: described(model.weights), assumesPreprocessing: assumes)
    }
    let resolved: ResolvedModel
    do {
      resolved = try model.resolved(against: architectures, variant: options.variant)
    } catch {
      throw .damaged(file: file, error)
    }
    var weights = resolved.weights
    weights.addMetadata(try metadata(of: resolved, file))
    let hasSigmoid = resolved.classCount == 1
    if hasSigmoid, let layer = resolved.architecture.classLayer {
      do {
        weights = try weights.withTwoClasses(layer)
      } catch {
        throw .damaged(file: file, error)
      }
    }
    return Result(
      weights: described(weights, hasSigmoid: hasSigmoid), assumesPreprocessing: assumes,
      ignored: resolved.ignored, hasSigmoid: hasSigmoid)
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
  ///
  /// - Parameter hasSigmoid: whether two classes stand for one output. If the user names one, it is
  ///   the second.
  func described(_ weights: WeightFile, hasSigmoid: Bool = false) -> WeightFile {
    var weights = weights
    weights.metadata.merge(options.metadata) { known, _ in known }
    if let variant = options.variant { weights.metadata["variant"] = variant }
    if var labels = options.labels {
      if hasSigmoid, labels.count == 1 {
        labels.insert(ClassLabel(wnid: nil, label: "not \(labels[0].label)"), at: 0)
      }
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
  ///
  /// Its older versions wrote no marker. Their files name one of the `architectures`, and have
  /// tensors with its names; or they have the parts of a sparse matrix.
  fileprivate func isNative(_ architectures: [Architecture]) -> Bool {
    guard description.format == .safetensors else { return false }
    if weights.metadata[Safetensors.markerEntry] != nil || weights.hasSparseParts { return true }
    guard let variant = weights.metadata["variant"],
      let architecture = Architecture(named: variant, among: architectures),
      let layer = architecture.classLayer
    else { return false }
    return weights[layer.weightName] != nil
  }
}

extension ResolvedModel {
  fileprivate var poolsRoundUp: Bool {
    description.layers.contains { layer in
      if case .maxPooling(let pool, _) = layer { pool.rounding == .up } else { false }
    }
  }
}
