import Architecture
public import Classification
public import Network
public import System
import Threads

/// Image files in, explanations out.
public typealias ExplanationPipeline = Pipeline<PhotoExplanation>

extension ExplanationPipeline {
  /// - Parameters:
  ///   - labels: the classes of the network's outputs, in order.
  ///   - run: how the work is divided. Pictures are explained one by one, whatever it says about
  ///     batches. Drawing takes memory from the same budget as decoding.
  ///   - stop: ends the run in the middle of a photo, too, when raised; the one that ends the run.
  public init(
    explaining network: ExplainedNetwork, labels: [ClassLabel], options: ExplanationOptions,
    run: ClassifierOptions, stop: StopFlag
  ) {
    var run = run
    run.batchSize = 1
    let memory = MemoryBudget(run.maxMemory)
    self.init(
      options: run,
      pictures: ExplanationPictures(
        network.preprocessing, inputSize: network.parameters.architecture.inputSize,
        side: options.pictureSide, options: run), memory: memory
    ) { _, threads in
      ExplanationPass(
        Result { () throws(ExplanationError) in
          try Explainer(network, pool: WorkerPool(threads: threads), stop: stop)
        }, network, labels: labels, options: options, memory: memory, stop: stop)
    }
  }
}
