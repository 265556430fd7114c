import Architecture
public import Network
public import Preprocessing

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
      NetworkPass(
        plans.workspace(batch: batch, threads: threads), preprocessing, Workspace.probabilities)
    }
  }
}
