import Classification
import Images
import Network
import Testing

@Suite struct EvaluationTests {
  private let labels = (0..<8).map { ClassLabel(wnid: nil, label: "\($0)") }

  private func outcome(_ best: Int...) -> Record.Outcome {
    .answered(
      size: PixelSize(width: 1, height: 1),
      best.enumerated().map {
        Prediction(rank: $0 + 1, index: $1, wnid: nil, label: "", probability: 0.1)
      })
  }

  @Test("top-1 looks at the first prediction and top-5 at the first five")
  func ranks() {
    var evaluation = Evaluation(labels: labels)
    evaluation.add(outcome(3, 1, 2), truth: 3)
    evaluation.add(outcome(0, 1, 2, 4, 3, 5), truth: 3)
    evaluation.add(outcome(0, 1, 2, 4, 5, 3), truth: 3)
    #expect(evaluation.total.top1 == Proportion(successes: 1, trials: 3))
    #expect(evaluation.total.top5 == Proportion(successes: 2, trials: 3))
    #expect(evaluation.classes[3] == evaluation.total)
    #expect(evaluation.classes[0] == Evaluation.ClassResult())
  }

  @Test("an image that failed is counted, but not as a wrong answer")
  func failures() {
    var evaluation = Evaluation(labels: labels)
    evaluation.add(.failed(ItemFailure(.corrupt, "bad")), truth: 1)
    evaluation.add(outcome(1), truth: 1)
    #expect(evaluation.total.failed == 1 && evaluation.total.images == 2)
    #expect(evaluation.total.top1.value == 1)
  }

  @Test("confusions have a direction, and come by their number, then by class")
  func confusions() {
    var evaluation = Evaluation(labels: labels)
    for (truth, predicted) in [(5, 1), (1, 5), (2, 0), (1, 5), (2, 7), (2, 2)] {
      evaluation.add(outcome(predicted), truth: truth)
    }
    let found = evaluation.confusions(atMost: 3)
    #expect(found.map(\.truth) == [1, 2, 2])
    #expect(found.map(\.predicted) == [5, 0, 7])
    #expect(found.map(\.count) == [2, 1, 1])
    #expect(evaluation.commonestConfusions[2]?.predicted == 0)
    #expect(evaluation.commonestConfusions[0] == nil)
  }
}
