"""The services of Apprise that may be used: all that it calls through `requests` alone, by the schemes of their URLs.

Not among them are those that do something on this machine (dbus, gnome, macosx, syslog, windows, …), that read its
files (fcm, vapid), that open connections of their own, which nothing here could check (amqp, aprs, growl, irc, mailto,
mqtt, nostr, rsyslog, smpp, xmpp), and that lead on to further URLs (apprise). A test checks it.
"""

SCHEMES = frozenset(
    """
    46elks atalk azure bark barks betterstack bluesky brevo bsky bulksms bulkvs burstsms chanify clickatell
    clicksend cliq cm d7sms dapnet dingtalk discord dot eight00com elks emby embys enigma2 enigma2s evolution
    evolutions exotel feishu firehydrant flock flowtriq flowtriqs fluxer fluxers form forms freemobile gchat
    github goalert goalerts gorush gorushs gotify gotifys groundmail groupme gupshup hassio hassios httpsms
    humhub humhubs ifttt ilert incidentio infobip jira join json jsons kakao kakaotalk kaleyra kavenegar klr
    kodi kodis kook kudosity kumulos lametric lametrics lark lauther lfg line mailersend mailgun mastodon
    mastodons matrix matrixs misskey misskeys mmost mmosts mobilemessage mobilemsg msg91 msgbird ncloud nclouds
    nctalk nctalks nexmo notica noticas notifiarr notifico notificos notifyre ntfy ntfys o365 octopush onebot
    onebots onesignal opsgenie pagerduty pagertree parsep parseps pbul pinglet pinglets pingram pjet pjets
    plivo postmark pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq
    reddit resend revolt ringc rocket rockets ryver schan sendgrid sendpulse serwersms ses session sessions
    seven sfr signal signalgrid signals signl4 simplepush sinch slack smsc smseagle smseagles smsmanager smsmgr
    smstunnel smtp2go sns sogs sparkpost spike splunk spugpush spush squadcast stackfield strmlabs synology
    synologys telesign telnyx tgram threema toot toots trigv trigvs tweet twilio twist twitter viber victorops
    voipms vonage webex wechat wecom wecombot whapi whatsapp workflow workflows wpush wxpusher wxteams x xbmc
    xbmcs xmatters xml xmls youlmk zalo zcliq zohocliq zoom zulip
    """.split()  # noqa: SIM905 - a list of two hundred lines says no more
)
