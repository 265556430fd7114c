import Architecture
import ModelLibrary
import Network
import Preprocessing
import System
import Training

/// What training begins with: a model, or random weights.
struct TrainingBase {
  /// Nil for random weights.
  let source: ModelSource?
  let architecture: Architecture
  let preprocessing: Preprocessing

  /// The ranges of the model's layers for photos that are prepared like this; nil where they are
  /// not known.
  ///
  /// - Throws: a failure where what the model's file says about them cannot be used.
  func calibration() throws -> Calibration? {
    guard let model = source?.model, model.preprocessing == preprocessing else { return nil }
    do {
      guard case .int8(let found) = try model.in8BitsWhereCalibrated().precision else { return nil }
      return found.calibration
    } catch {
      throw CommandFailure(
        .badFile, "\(error)", hint: "--precision fp32 trains without the ranges of its layers")
    }
  }

  /// What it begins with, in a line.
  var summary: String {
    guard let source else {
      return "starting from random weights of the network \(architecture.name)"
    }
    return "starting from \(source.model.name), which knows \(source.model.labels.count) classes"
  }

  /// Whether the last layer has learned these classes.
  func knows(_ labels: [ClassLabel]) -> Bool { source?.model.labels == labels }

  /// The weights for the network to train. A last layer for other classes than the model's is new.
  func parameters(
    for architecture: Architecture, labels: [ClassLabel], settings: TrainingSettings
  ) throws -> [String: [Float]] {
    let rows = try architecture.summary()
    guard let model = source?.model else {
      return Initialization.parameters(
        rows, seed: settings.seed, deviation: settings.initialDeviation)
    }
    var parameters: [String: [Float]] = [:]
    for name in model.parameters.names {
      parameters[name] = model.parameters.floats(named: name)
    }
    if !knows(labels) {
      parameters.merge(Initialization.lastLayer(rows, seed: settings.seed)) { $1 }
    }
    return parameters
  }
}

extension TrainingStartOptions {
  /// - Throws: ``ModelError`` where the model cannot be opened.
  func open(_ library: ModelLibrary) throws -> TrainingBase {
    if fromScratch {
      let variant = variant ?? Architecture.alexnet.name
      guard let architecture = Architecture(named: variant) else {
        throw CommandFailure(
          .usage,
          "there is no network '\(variant)'; there are "
            + Architecture.all.map(\.name).joined(separator: ", "))
      }
      return TrainingBase(
        source: nil, architecture: architecture,
        preprocessing: try preprocessing(for: architecture)
          ?? Preprocessing.usual(forNew: architecture))
    }
    let source =
      try from.map { try library.source(RawPath(argument: $0)) }
      ?? library.defaultSource()
    let architecture = source.model.parameters.architecture
    return TrainingBase(
      source: source, architecture: architecture,
      preprocessing: try preprocessing(for: architecture) ?? source.model.preprocessing)
  }

  /// What `--preprocess` says, with pictures of the network's size as its result; nil without it.
  private func preprocessing(for architecture: Architecture) throws -> Preprocessing? {
    try preprocess.map { how in
      let described = try PreprocessingDescription.read(how, path: RawPath(argument: how))
      do throws(PreprocessingError) {
        return try described.ending(in: architecture.inputSize)
      } catch {
        throw ModelError.badPreprocessing(
          "training adds a crop to the size of the network as the last step: \(error)")
      }
    }
  }

  /// How many layers stay as they are; nil where the defaults choose.
  func frozenLayers(of architecture: Architecture) throws -> Int? {
    guard let freeze else { return nil }
    let layers = architecture.layers
    if freeze == "none" { return 0 }
    let frozen =
      freeze == "features"
      ? layers.firstIndex(where: \.isFullyConnected)
      : layers.firstIndex { $0.name == freeze && $0.isFullyConnected }.map { $0 + 1 }
    guard let frozen, frozen < layers.count else {
      let names = architecture.fullyConnectedLayers.dropLast()
      throw CommandFailure(
        .usage,
        "--freeze: '\(freeze)' is none of features, \(names.joined(separator: ", ")) and none")
    }
    return frozen
  }
}
