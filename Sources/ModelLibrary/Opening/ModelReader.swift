import Architecture
import Kernels
import Network
import Preprocessing
import Tensors
import WeightFiles

/// Makes a ``Model`` from a weight file: it finds out which architecture the file holds, reads the
/// metadata and checks the weights.
struct ModelReader {
  /// The file's name in messages.
  let file: String
  let weights: WeightFile
  let parameters: [String: WeightMatrix]
  /// The networks that the file may hold.
  let architectures: [Architecture]
  /// The name of the user's list of labels, if that replaced the file's own.
  var labelsFile: String?

  var metadata: [String: String] { weights.metadata }

  init(
    _ weights: WeightFile, file: String, architectures: [Architecture] = Architecture.all
  ) throws(ModelError) {
    self.file = file
    self.weights = weights
    self.architectures = architectures
    do {
      parameters = try weights.matrices()
    } catch {
      throw .damaged(file: file, error)
    }
  }

  /// Checks that no weight is NaN or infinite. The parts of compact forms were checked when they
  /// were joined.
  ///
  /// - Throws: ``ModelError/notFinite(file:tensors:)`` naming every such tensor.
  func requireFiniteWeights() throws(ModelError) {
    let names = parameters.keys.sorted().filter { name in
      if case .dense(let tensor) = parameters[name] { !tensor.isFinite } else { false }
    }
    guard !names.isEmpty else { return }
    throw .notFinite(
      file: file,
      tensors: names.map { name in
        let values = parameters[name]?.floats() ?? []
        return "\(name): \(values.count { !$0.isFinite }) of \(values.count) values"
      })
  }

  /// Weights are checked to be finite, except for files of the library, which were checked when
  /// they were written: reading all of a large file would delay the first answer.
  ///
  /// - Parameter name: the name of the model; if it is nil, the name in the file is used.
  func model(name: String? = nil, origin: Model.Origin) throws(ModelError) -> Model {
    var architecture = try variant()
    if let normalization = try normalization() {
      architecture = architecture.withNormalization(normalization)
    }
    if let rounding = try poolingRounding() {
      architecture = architecture.withPoolingRounded(rounding)
    }
    if let size = try inputSize() { architecture.inputSize = size }
    if let count = classCount(architecture) {
      guard count > 1 else { throw .oneOutput(file: file) }
      architecture = architecture.withClasses(count)
    }
    let checked: Parameters
    do {
      checked = try Parameters(architecture, parameters)
    } catch {
      throw .notAlexNet(file: file, error)
    }
    if metadata[ModelLibrary.dataDigestEntry] == nil { try requireFiniteWeights() }
    return Model(
      name: name ?? metadata["name"] ?? stem, parameters: checked,
      preprocessing: try preprocessing(for: architecture),
      labels: try labels(count: checked.classCount), origin: origin, metadata: metadata,
      points: try points(for: architecture))
  }

  private func points(
    for architecture: Architecture
  ) throws(ModelError) -> [String: WinogradPoints] {
    let stored: [QuantizedForm.Points]
    let layers: [(name: String, geometry: Convolution.Geometry)]
    do {
      stored = try QuantizedForm.points(of: weights)
    } catch {
      throw .damaged(file: file, error)
    }
    do {
      layers = try architecture.pointLayers()
    } catch {
      throw .notAlexNet(file: file, error)
    }
    var points: [String: WinogradPoints] = [:]
    for part in stored {
      guard let geometry = layers.first(where: { $0.name == part.layer })?.geometry,
        geometry.inputChannels == part.means.count,
        part.ranges.count
          == WinogradPoints.products(window: geometry.kernel) * geometry.inputChannels
      else {
        throw .damaged(
          file: file, .damaged(.safetensors, "the points of \(part.layer) do not fit the network"))
      }
      points[part.layer] = WinogradPoints(ranges: part.ranges, means: part.means)
    }
    return points
  }

  /// The number of outputs of the layer that gives the classes. Nil if its weights are missing,
  /// which a later check of the tensors reports.
  private func classCount(_ architecture: Architecture) -> Int? {
    guard let layer = architecture.classLayer,
      let outputs = parameters[layer.weightName]?.dimensions.first, outputs > 0
    else { return nil }
    return outputs
  }

  /// The file's name without folders and extension.
  var stem: String {
    let name = file.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
  }

  private func variant() throws(ModelError) -> Architecture {
    guard let name = metadata["variant"] else { return try nearest() }
    guard let architecture = Architecture(named: name, among: architectures) else {
      let known = architectures.map(\.name).joined(separator: ", ")
      throw bad("variant", "'\(name)' is none of \(known)")
    }
    return architecture
  }

  /// The architecture whose tensors are most like the file's.
  ///
  /// BVLC's AlexNet and CaffeNet have tensors of the same shapes, but differ in the order of
  /// normalisation and pooling. Files that this program writes name the architecture in their
  /// metadata. Other files more often hold BVLC's AlexNet, so CaffeNet is compared last.
  private func nearest() throws(ModelError) -> Architecture {
    let candidates =
      architectures.filter { $0 != .caffenet } + architectures.filter { $0 == .caffenet }
    let nearest = Architecture.nearest(
      to: parameters.mapValues(\.dimensions), among: candidates)
    guard let nearest else { throw bad("variant", "there is none, and no network is known") }
    return nearest
  }

  func bad(_ entry: String, _ reason: String) -> ModelError {
    .badMetadata(file: file, entry: entry, reason: reason)
  }
}
