import Kernels
import Network
import Preprocessing
import Tensors
import WeightFiles

/// Makes a ``Model`` of a weight file: finds the variant, reads the metadata, binds the weights.
struct ModelReader {
  /// How messages call the file.
  let file: String
  let weights: WeightFile
  let parameters: [String: WeightMatrix]

  var metadata: [String: String] { weights.metadata }

  init(_ weights: WeightFile, file: String) throws(ModelError) {
    self.file = file
    self.weights = weights
    do {
      parameters = try weights.matrices()
    } catch {
      throw .damaged(file: file, error)
    }
  }

  /// - Parameter name: what it is called, whatever the file says.
  func model(name: String? = nil, origin: Model.Origin) throws(ModelError) -> Model {
    var architecture = try variant()
    if let normalization = try normalization() {
      architecture = architecture.withNormalization(normalization)
    }
    if let rounding = try poolingRounding() {
      architecture = architecture.withPoolingRounded(rounding)
    }
    if let size = try inputSize() { architecture.inputSize = size }
    if let classCount { architecture = architecture.withClasses(classCount) }
    let network: Network
    do {
      network = try Network(architecture, parameters: parameters)
    } catch {
      throw .notAlexNet(file: file, error)
    }
    return Model(
      name: name ?? metadata["name"] ?? stem, network: network,
      preprocessing: try preprocessing(for: architecture),
      labels: try labels(count: network.classCount), origin: origin, metadata: metadata,
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

  /// Rows of the last layer; nil where it is missing, which binding the weights will report.
  private var classCount: Int? {
    guard let outputs = parameters["fc8.weight"]?.dimensions.first, outputs > 0 else { return nil }
    return outputs
  }

  /// The file's name without folders and extension.
  var stem: String {
    let name = file.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
  }

  private func variant() throws(ModelError) -> Architecture {
    guard let name = metadata["variant"] else { return .mostLike(parameters) }
    guard let architecture = Architecture(named: name) else {
      let known = Architecture.all.map(\.name).joined(separator: ", ")
      throw bad("variant", "'\(name)' is none of \(known)")
    }
    return architecture
  }

  func bad(_ entry: String, _ reason: String) -> ModelError {
    .badMetadata(file: file, entry: entry, reason: reason)
  }
}

extension Architecture {
  /// The variant of whose tensors most are there in their shape; the one listed first of equals.
  ///
  /// Shapes do not tell BVLC's AlexNet from CaffeNet, which normalise and pool in different order:
  /// files of our own say in their metadata which they are.
  static func mostLike(_ parameters: [String: WeightMatrix]) -> Architecture {
    // CaffeNet goes last: files without a word about themselves are more often BVLC's AlexNet.
    let candidates = all.filter { $0 != .caffenet } + [.caffenet]
    var best = (architecture: alexnet, matches: -1)
    for candidate in candidates {
      let layers = (try? candidate.summary()) ?? []
      let matches = layers.count { layer in
        layer.weightDimensions.map { $0 == parameters[layer.layer.name + ".weight"]?.dimensions }
          ?? false
      }
      if matches > best.matches { best = (candidate, matches) }
    }
    return best.architecture
  }
}
