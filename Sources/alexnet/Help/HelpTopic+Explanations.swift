extension HelpTopic {
  static let explanations = HelpTopic(
    name: "explanations", abstract: "What explain shows, and its records.",
    text: """
      Three methods say where in a photo the evidence for a class is:

        gradcam
            Grad-CAM (Selvaraju and others 2017). The maps of one layer, each weighted
            with the mean gradient of the class's logit, are added up; what is below 0
            is left out. One forward and one backward pass. --layer names a convolution
            or pooling; the last convolution has the coarsest map, of 13 x 13 values,
            and the one that means most. Lower layers give finer maps of less meaning.
            A value stands at the centre of what it sees.
        occlusion
            Windows of the picture are covered one after the other, with the colour that
            the preprocessing of the model turns into 0; that is the mean colour of the
            data where it subtracts that. A pixel has the mean loss of probability over
            the windows that cover it. Nothing has to be assumed about the network, but
            it runs once for each window and once for the whole picture: with --window
            32 --stride 16 that is 197 times for an input of 227 pixels, and 170 times
            for one of 224.
        gradient
            The gradient of the logit with respect to the network's input: of each pixel
            the largest absolute value over the colour channels. It says which pixels
            would change the answer, and looks like noise. It is not evidence for the
            class: a pixel that speaks against it has a large gradient, too. Strength,
            peak and box are those of the absolute gradient then.

      The colours of all pictures of a row are on one scale, from 0 to the largest value
      of all classes. Hatched parts of the photo are cut away by the preprocessing of
      the model, and are not seen. Values are computed in float32, for every model, so
      that probabilities differ a little from those that classify computes in 8 bits.

      --boxes: the map of a class is enlarged to the size of the network's input. The
      box is round the largest connected part above 15% of the map's maximum. The score
      is the probability of the class. This is localisation of one object that is known
      to be there, not detection: with Grad-CAM on AlexNet, 68% of the boxes for the
      likeliest class overlap the object of ImageNet's photos by less than a half, or
      have the wrong class (Selvaraju and others 2017).

      Records are those of classify (see 'alexnet help records'), with these members
      instead of predictions:

        method
            gradcam, occlusion or gradient.
        layer
            For gradcam.
        window, stride
            For occlusion, in pixels of the network's input.
        seen
            The part of the photo that the network sees: x, y, width and height, in
            pixels of the upright photo. Below, too, places are in these pixels.
        map
            The grid of the values: width and height in values, x and y of the centre of
            the first one, step_x and step_y from one to the next. x and y may lie
            outside of the photo.
        classes
            One for each --class, or the likeliest.
        classes[].rank
            1 if the class is the likeliest of the model.
        classes[].index, wnid, label, probability
            As in predictions.
        classes[].strength
            The largest value that is drawn: 0 if there is no positive evidence.
        classes[].peak
            Where that value is: x and y; null if there is no positive evidence.
        classes[].box
            With --boxes: x, y, width, height and score; missing if there is no positive
            evidence.
        picture
            The file of the picture, if one was written.
        array
            The file of the values, if it was written.

      --output replaces only pictures that explain or visualize drew, which a mark in
      the file tells (the text chunk "Software"), and no other image; in a folder for
      pictures also no other file. That folder must not be in a folder of photos that
      is explained. Drawing counts against --max-memory, too: many classes with a large
      --size take much.

      --array writes the values of all classes, classes x height x width, float32, in
      C order (NumPy format 1.0); or, to a file whose name ends in .json, as a list of
      the classes' lists of rows. For gradcam they are those of the layer; for occlusion
      the loss of each window, which may be negative; for gradient those of the pixels
      of the network's input.
      """)
}
