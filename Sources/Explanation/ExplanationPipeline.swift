import Architecture
public import Classification
public import Network
import Threads

/// Image files in, explanations out.
public typealias ExplanationPipeline = Pipeline<PhotoExplanation>

extension ExplanationPipeline {
  /// - Parameters:
  ///   - labels: the classes of the network's outputs, in order.
  ///   - run: how the work is divided. Pictures are explained one by one, whatever it says about
  ///     batches.
  public init(
    explaining network: ExplainedNetwork, labels: [ClassLabel], options: ExplanationOptions,
    run: ClassifierOptions
  ) {
    var run = run
    run.batchSize = 1
    self.init(
      options: run,
      pictures: ExplanationPictures(
        network.preprocessing, inputSize: network.parameters.architecture.inputSize,
        side: options.pictureSide, options: run)
    ) { _, threads in
      ExplanationPass(
        Explainer(network, pool: WorkerPool(threads: threads)), network, labels: labels,
        options: options)
    }
  }
}
