import Architecture
public import Classification
import Images
public import ModelLibrary
import Network
import Preprocessing
import Synchronization
import System
import Tensors
import Threads
import WeightFiles

/// Measures the largest values of each layer, which 8-bit arithmetic needs, and then converts the
/// model to 8 bits.
///
/// The measuring happens while ``classifier(_:)`` runs, so that images are found, read, decoded and
/// reported exactly as they are when a model classifies them.
public final class ActivationCalibration: Sendable {
  private let source: ModelSource
  private let ranges: Mutex<ActivationRanges>

  /// - Throws: ``ModelError`` if the model is in 8 bits already, or cannot be converted.
  public init(_ source: ModelSource) throws(ModelError) {
    guard source.model.metadata[QuantizedForm.activationsEntry] == nil else {
      throw .alreadyQuantized(file: source.file)
    }
    self.source = source
    do throws(NetworkError) {
      ranges = Mutex(try ActivationRanges(source.model.parameters.architecture))
    } catch {
      throw .notAlexNet(file: source.file, error)
    }
  }

  /// A classifier that measures each image that it is given.
  ///
  /// It takes one image at a time, with each layer split over all threads, so that a calibration
  /// gives the same numbers however many threads there are.
  public func classifier(_ options: ClassifierOptions) -> Classifier {
    let threads = max(1, options.threads)
    let parameters = source.model.parameters
    let preprocessing = source.model.preprocessing
    var options = options
    options.threads = 1
    options.batchSize = 1
    options.views = .one
    return Classifier(
      labels: source.model.labels, options: options,
      pictures: ModelPictures(
        preprocessing, inputSize: parameters.architecture.inputSize, options: options)
    ) { batch, _ in
      let pool = WorkerPool(threads: threads)
      let plan = Plan(parameters, pool: pool)
      return CalibrationPass(
        Workspace(for: plan, batch: batch, pool: pool), preprocessing, self)
    }
  }

  fileprivate func observe(_ workspace: Workspace) {
    ranges.withLock { $0.observe(workspace) }
  }

  /// The 8-bit form of the model (`QuantizedForm`), with the ranges that have been measured.
  ///
  /// - Throws: ``ModelError``.
  public func quantized() throws(ModelError) -> QuantizedModel {
    let ranges = ranges.withLock { $0 }
    let weights = try source.selfDescribing()
    let quantized: WeightFile
    do {
      quantized = try QuantizedForm.encode(
        weights, activations: ranges.ranges, points: ranges.points)
    } catch {
      throw .damaged(file: source.file, error)
    }
    return QuantizedModel(
      converted: try source.converted(quantized), images: ranges.images)
  }
}

/// A forward pass that measures what it computes.
private final class CalibrationPass: ForwardPass {
  private let workspace: Workspace
  private let preprocessing: Preprocessing
  private let calibration: ActivationCalibration

  init(
    _ workspace: Workspace, _ preprocessing: Preprocessing, _ calibration: ActivationCalibration
  ) {
    self.workspace = workspace
    self.preprocessing = preprocessing
    self.calibration = calibration
  }

  func write(_ image: RGBImage, to index: Int) {
    workspace.withInput(index) { input in preprocessing.normalize(image, into: &input) }
  }

  func forward(count: Int) {
    workspace.forward(count: count)
    // An image for which the network gives NaN or infinity fails: its ranges would be meaningless.
    if workspace.probabilities(0).allSatisfy(\.isFinite) { calibration.observe(workspace) }
  }

  func values(_ index: Int) -> [Float] { workspace.probabilities(index) }
}
