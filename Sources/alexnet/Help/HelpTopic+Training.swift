extension HelpTopic {
  static let training = HelpTopic(
    name: "training", abstract: "Photos for train, what it writes, and what helps.",
    text: """
      Photos

      Every class has a folder of photos, whose name is the name of the class. There
      must be at least two classes, and two different photos of each; thirty of each are
      a beginning, hundreds are better. A fifth of them is held out, to measure with. If
      the folders of the classes are in a folder 'train' (or 'training'), and a folder
      'validation' (or 'valid', 'val', 'test') beside it has the same classes, those
      photos are measured with instead. The folders may be in a tar file.

      A list names the photos where they are: a .csv file with the columns path and
      label, or a .jsonl file with these members, as classify writes it. Paths are
      relative to the folder of the list.

      A photo that cannot be read is named and left out. The exit code is then 1, though
      the model is complete.

      A model always answers with one of its classes. Where other things will be on the
      photos, train a class of such photos, too, named for example 'other'.

      Stages

      Training has two stages. In the first one, only the last layer is fitted, which
      takes less than a minute for 1000 photos. In the second one, all layers change
      slowly. What is best on the photos held out is kept: if the second stage does not
      help, that is the result of the first one. Options such as --epochs, --rate,
      --schedule, --sizes and --prune are for the second one. With --freeze or
      --from-scratch there is one stage.

      A thousand photos of five classes take four to seven minutes on two cores.
      Graphics cards are not used.

      Output

      The model has 230 to 250 MB for up to a thousand classes; model compress and
      model quantize make smaller ones. It holds the names of its classes and the way in
      which photos are prepared, so that classify needs no further option. A file of
      this name is replaced when the new one is complete.

      The accuracy at the end is that on the photos held out. They also chose which
      epoch is best, so that on other photos it is a little lower: 'alexnet evaluate'
      measures that.

      The folder beside it, with .training behind its name, has:

        curves.svg, curves.png
            Loss and accuracy by epoch. The loss of training is that of changed photos
            with some values dropped, so it may be above that of validation.
        worst.png, worst.jsonl
            The photos held out that were taken for something else with the highest
            probability: often they are in the wrong folder.
        log.jsonl
            The settings, then one object for each epoch, then the result.
        validation.jsonl
            Which photos were held out. --validation of a training with another output
            reads it, except for photos in a tar file.
        run.json, checkpoint.safetensors, best-N.safetensors
            What --resume needs. The last two go when the training ends.

      The whole folder may be deleted when the training has ended.

      What helps

      If the model is wrong too often, what helps most is more photos, and photos like
      those that it will be used on. Look at worst.png and at --per-class FILE first.
      Next, begin with a model that knows more:

          alexnet model pull caffenet
          alexnet train birds --from caffenet -o birds.safetensors

      Then give it more time: --time 1h. To train on with new photos of the same
      classes, begin with your own model: --from birds.safetensors.

      The new model has the licence of the model that its training began with: from the
      built-in one, it is for research use.
      """)
}
