import Architecture
import Images
public import Network
public import Preprocessing
import Synchronization
import Threads

extension Classifier {
  /// A classifier that runs a network on files prepared by `preprocessing`.
  ///
  /// - Parameters:
  ///   - parameters: the network's weights.
  ///   - precision: the precision to compute in.
  ///   - labels: the classes of the network's outputs, in order.
  public init(
    _ parameters: Parameters, precision: Precision, preprocessing: Preprocessing,
    labels: [ClassLabel], options: ClassifierOptions
  ) {
    let plans = SharedPlans(parameters, precision: precision, threads: options.threads)
    self.init(
      labels: labels, options: options,
      pictures: ModelPictures(
        preprocessing, inputSize: parameters.architecture.inputSize, options: options)
    ) { batch, threads in
      let pool = WorkerPool(threads: threads)
      return NetworkPass(
        Workspace(
          for: plans.plan(forBatch: batch, pool: pool), batch: batch, pool: pool,
          streaming: threads == 1),
        preprocessing)
    }
  }
}

/// The plans of a classifier, one for each strategy. The first worker that needs a plan makes it,
/// and all workers share it.
private final class SharedPlans: Sendable {
  private let parameters: Parameters
  private let precision: Precision
  private let threads: Int
  private let plans = Mutex<[Plan.Strategy: Plan]>([:])

  /// - Parameter threads: how many threads pack the weights. The workers wait for them.
  init(_ parameters: Parameters, precision: Precision, threads: Int) {
    self.parameters = parameters
    self.precision = precision
    self.threads = threads
  }

  /// - Parameter pool: the threads of the worker that calls this.
  func plan(forBatch batch: Int, pool: WorkerPool) -> Plan {
    plans.withLock { plans in
      let strategy = Plan.Strategy.best(forBatch: batch)
      if let plan = plans[strategy] { return plan }
      let plan = Plan(
        parameters, strategy: strategy, precision: precision,
        pool: pool.threads < threads ? WorkerPool(threads: threads) : pool)
      plans[strategy] = plan
      return plan
    }
  }
}

/// The forward pass of a real network.
private final class NetworkPass: ForwardPass {
  private let workspace: Workspace
  private let preprocessing: Preprocessing
  /// Whether the network reads the 8-bit pixels directly.
  private let readsPixels: Bool

  init(_ workspace: Workspace, _ preprocessing: Preprocessing) {
    self.workspace = workspace
    self.preprocessing = preprocessing
    readsPixels =
      if case .int8(let quantization) = workspace.plan.precision {
        quantization.bytesArePixels(mean: preprocessing.mean, scale: preprocessing.scale)
      } else {
        false
      }
  }

  func write(_ image: RGBImage, to index: Int) {
    if readsPixels {
      workspace.withByteInput(index) { preprocessing.reorder(image, into: &$0) }
    } else {
      workspace.withInput(index) { preprocessing.normalize(image, into: &$0) }
    }
  }

  func forward(count: Int) {
    workspace.forward(count: count)
  }

  func probabilities(_ index: Int) -> [Float] {
    workspace.probabilities(index)
  }
}
