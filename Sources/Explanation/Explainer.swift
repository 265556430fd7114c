import Architecture
public import Images
public import Kernels
public import Network
public import Preprocessing
import Synchronization
public import System
public import Threads

/// The weights of a network prepared for explanations: what workers share.
public final class ExplainedNetwork: Sendable {
  public let parameters: Parameters
  public let preprocessing: Preprocessing
  public let method: ExplanationMethod
  public let kernels: InstructionSet
  private let plan = Mutex<Plan?>(nil)

  public init(
    _ parameters: Parameters, preprocessing: Preprocessing, method: ExplanationMethod,
    kernels: InstructionSet = .best
  ) {
    self.parameters = parameters
    self.preprocessing = preprocessing
    self.method = method
    self.kernels = kernels
  }

  /// All layers in float32. The first worker that needs them packs the weights.
  fileprivate func plan(_ pool: WorkerPool) -> Plan {
    plan.withLock { plan in
      if let plan { return plan }
      var strategy = Plan.Strategy.latency
      if case .occlusion = method { strategy = .throughput }
      let made = Plan(parameters, strategy: strategy, kernels: kernels, pool: pool)
      plan = made
      return made
    }
  }
}

/// Finds the evidence for classes in pictures, one picture at a time. Only one thread at a time may
/// use it.
public final class Explainer {
  private let network: ExplainedNetwork
  private let finder: Finder

  private enum Finder {
    case gradCAM(GradCAM, Workspace)
    case gradient(InputGradient, Workspace)
    case occlusion(Occlusion)
  }

  /// The evidence for some classes.
  public struct Evidence: Sendable {
    /// Of all classes of the model.
    public let probabilities: [Float]
    public let classes: [ClassEvidence]

    /// Whether nothing overflowed on the way.
    public var isFinite: Bool {
      probabilities.allSatisfy(\.isFinite)
        && classes.allSatisfy { $0.raw.values.allSatisfy(\.isFinite) }
    }
  }

  public struct ClassEvidence: Sendable {
    public let index: Int
    /// The values as they were computed: a value for each place of the layer, for each window, or
    /// for each pixel of the network's input.
    public let raw: EvidenceMap
    /// The values to look at, which are the same except that windows were turned into pixels.
    public let map: EvidenceMap

    /// Values up to this are nothing but rounding.
    let noise: Float

    /// Whether anything in the picture speaks for the class.
    public var isPositive: Bool { map.maximum > noise }
  }

  /// The rounding of probabilities.
  private static let probabilityNoise: Float = 1e-6

  /// - Parameter stop: when raised, evidence ends early. It is incomplete then, and of no use.
  /// - Throws: ``ExplanationError`` where the network has no such layer as the method names.
  public init(
    _ network: ExplainedNetwork, pool: WorkerPool, stop: StopFlag? = nil
  ) throws(ExplanationError) {
    self.network = network
    let plan = network.plan(pool)
    switch network.method {
    case .gradCAM(let layer):
      let workspace = Workspace(for: plan, batch: 1, pool: pool)
      finder = .gradCAM(
        try GradCAM(workspace, layer: layer, pool: pool, kernels: network.kernels), workspace)
    case .gradient:
      let workspace = Workspace(for: plan, batch: 1, pool: pool)
      finder = .gradient(
        try InputGradient(workspace, pool: pool, kernels: network.kernels), workspace)
    case .occlusion(let windows):
      finder = .occlusion(Occlusion(plan, windows: windows, pool: pool, stop: stop))
    }
  }

  /// The evidence in a prepared picture.
  ///
  /// - Parameters:
  ///   - image: of the network's input size.
  ///   - classes: indices in the model's output; nil for the likeliest class.
  public func evidence(_ image: RGBImage, classes: [Int]?) -> Evidence {
    var input = [Float](repeating: 0, count: image.width * image.height * 3)
    var span = input.mutableSpan
    network.preprocessing.normalize(image, into: &span)
    return evidence(input: input, classes: classes)
  }

  /// The evidence in the values that the network reads, `[height, width, 3]`.
  ///
  /// - Parameter classes: as above.
  public func evidence(input: [Float], classes: [Int]?) -> Evidence {
    switch finder {
    case .gradCAM(let cam, let workspace):
      return evidence(input, workspace, classes) { cam.map(classIndex: $0) }
    case .gradient(let gradient, let workspace):
      return evidence(input, workspace, classes) {
        (gradient.map(classIndex: $0), noise: 0)
      }
    case .occlusion(let occlusion):
      return evidence(input, occlusion, classes)
    }
  }

  private func evidence(
    _ input: [Float], _ workspace: Workspace, _ classes: [Int]?,
    map: (Int) -> (EvidenceMap, noise: Float)
  ) -> Evidence {
    workspace.withInput(0) { picture in
      for index in input.indices { picture[index] = input[index] }
    }
    workspace.forward(count: 1)
    let probabilities = workspace.probabilities(0)
    let found = (classes ?? [likeliest(of: probabilities)]).map { index in
      let (map, noise) = map(index)
      return ClassEvidence(index: index, raw: map, map: map, noise: noise)
    }
    return Evidence(probabilities: probabilities, classes: found)
  }

  private func evidence(_ input: [Float], _ occlusion: Occlusion, _ classes: [Int]?) -> Evidence {
    let (found, probabilities) = occlusion.drops(input, classes: classes)
    return Evidence(
      probabilities: probabilities,
      classes: found.map { index, drops in
        ClassEvidence(
          index: index, raw: occlusion.windowMap(drops), map: occlusion.pixelMap(drops),
          noise: Self.probabilityNoise)
      })
  }
}

/// The index of the largest probability.
func likeliest(of probabilities: [Float]) -> Int {
  probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
}
