import JSON

extension TrainingPosition {
  var json: JSONValue {
    [
      "stage": .integer(stage), "epoch": .integer(epoch), "step": .integer(step),
      "epochsDone": .integer(epochsDone), "lossSum": .number(lossSum),
      "correct": .integer(correct), "images": .integer(images),
      "rateFactor": .number(rateFactor), "stepsTakenBack": .integer(stepsTakenBack),
      "rate": .number(rate), "seconds": .number(seconds),
      "secondsBeforeStage": .number(secondsBeforeStage),
      "measuringSeconds": .number(measuringSeconds),
      "firstMeasuringSeconds": .number(firstMeasuringSeconds),
      "size": .integer(size), "averagedSteps": .integer(averagedSteps),
      "pruningLevel": .integer(pruningLevel), "isBestPruned": .bool(isBestPruned),
      "plateau": [
        "patience": .integer(plateau.patience), "reductions": .integer(plateau.reductions),
        "best": .number(plateau.best), "epochsSinceBest": .integer(plateau.epochsSinceBest),
      ],
      "bestAccuracy": bestAccuracy.map(JSONValue.number) ?? .null, "bestLoss": .number(bestLoss),
      "best": .integer(best),
      "epochsSinceBest": .integer(epochsSinceBest), "bestOfStage": .number(bestOfStage),
      "checkpointAccuracy": .number(checkpointAccuracy),
    ]
  }

  /// Nil where something is missing or is no number that it could be.
  init?(json: JSONValue) {
    func count(_ name: String) -> Int? {
      json[name]?.integer.flatMap { $0 >= 0 && $0 < 1 << 40 ? $0 : nil }
    }
    func number(_ name: String) -> Double? {
      json[name]?.double.flatMap { $0.isFinite ? $0 : nil }
    }
    /// Seconds that a run can have taken.
    func seconds(_ name: String) -> Double? {
      number(name).flatMap { (0...1e12).contains($0) ? $0 : nil }
    }
    guard let stage = count("stage"), let epoch = count("epoch"), let step = count("step"),
      let epochsDone = count("epochsDone"), let lossSum = number("lossSum"),
      let correct = count("correct"), let images = count("images"),
      let rateFactor = number("rateFactor"), rateFactor > 0, rateFactor <= 1,
      let secondsSoFar = seconds("seconds"),
      let size = count("size"),
      let bestLoss = number("bestLoss"),
      let epochsSinceBest = count("epochsSinceBest"), let bestOfStage = number("bestOfStage"),
      let counter = json["plateau"], let patience = counter["patience"]?.integer, patience > 0,
      let reductions = counter["reductions"]?.integer, (0..<1 << 40).contains(reductions),
      let highest = counter["best"]?.double, highest.isFinite,
      let sinceBest = counter["epochsSinceBest"]?.integer, (0..<1 << 40).contains(sinceBest)
    else { return nil }
    self.stage = stage
    self.epoch = epoch
    self.step = step
    self.epochsDone = epochsDone
    self.lossSum = lossSum
    self.correct = correct
    self.images = images
    self.rateFactor = rateFactor
    self.seconds = secondsSoFar
    rate = number("rate") ?? 0
    secondsBeforeStage = min(seconds("secondsBeforeStage") ?? 0, secondsSoFar)
    measuringSeconds = seconds("measuringSeconds") ?? 0
    firstMeasuringSeconds = seconds("firstMeasuringSeconds") ?? 0
    self.size = size
    bestAccuracy = number("bestAccuracy")
    self.bestLoss = bestLoss
    // Checkpoints of earlier versions have one best network, which has no number, no averages and
    // no pruning, and do not count the steps that were taken back.
    best = count("best") ?? 0
    stepsTakenBack = count("stepsTakenBack") ?? 0
    checkpointAccuracy = number("checkpointAccuracy") ?? -1
    averagedSteps = count("averagedSteps") ?? 0
    pruningLevel = count("pruningLevel") ?? 0
    isBestPruned = json["isBestPruned"] == .bool(true)
    self.epochsSinceBest = epochsSinceBest
    self.bestOfStage = bestOfStage
    plateau = PlateauCounter(patience: patience)
    plateau.reductions = reductions
    plateau.best = highest
    plateau.epochsSinceBest = sinceBest
  }
}
